/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/errno.h>
#include <kernel/string.h>
#include <drivers/device.h>
#include <shell/shell.h>

static void show_device(struct seq_file *out, const struct device *dev)
{
	unsigned int indent = 2 * (dev->depth - 1);

	seq_printf(out, "%*s%-*s %-12s %s", (int)indent, "", 40 - (int)indent, dev->name,
		   dev->driver ? dev->driver->name : "-", device_state_name(dev->state));
	if (dev->state == DEVICE_FAILED)
		seq_printf(out, " (%d)", dev->error);
	seq_printf(out, "%s%s\n", dev->why ? ": " : "", dev->why ? dev->why : "");
}

static int list(struct seq_file *out)
{
	struct device *dev;

	seq_printf(out, "%-40s %-12s %s\n", "device", "driver", "state");
	for (unsigned int i = 0; (dev = device_at(i)); i++)
		show_device(out, dev);
	return 0;
}

static int devices_run(struct seq_file *out, int argc, char **argv)
{
	struct device *dev;
	int err;

	if (argc == 1)
		return list(out);
	if (argc != 3 || (strcmp(argv[1], "bind") && strcmp(argv[1], "unbind")))
		return shell_usage(out, "devices");
	dev = device_find(argv[2]);
	if (!dev) {
		seq_printf(out, "devices: no device, or more than one, has the name %s: devices lists "
			   "them\n", argv[2]);
		return -ENODEV;
	}
	err = !strcmp(argv[1], "bind") ? device_bind(dev) : device_unbind(dev);
	if (!err)
		show_device(out, dev);
	else if (err == -EPERM)
		seq_printf(out, "devices: %s: its driver never lets go\n", dev->name);
	else
		seq_printf(out, "devices: %s: %s (%d)\n", dev->name, dev->why ? dev->why :
			   err == -EBUSY ? "the device is in use" :
			   "the device's state does not allow that", err);
	return err;
}

SHELL_COMMAND(devices, "[bind|unbind <device>]",
	      "list devices; bind one to its driver, unbind", "devices",
	      devices_run);
