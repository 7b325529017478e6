/* SPDX-License-Identifier: BSD-2-Clause */
#include <fs/view.h>

/* The text of .config, put into the image by the build. */
extern const char kernel_config_data[], kernel_config_data_end[];

static void config_show(struct seq_file *m)
{
	seq_write(m, kernel_config_data, (size_t)(kernel_config_data_end - kernel_config_data));
}

VIEW(config, config_show);
