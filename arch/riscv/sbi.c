/* SPDX-License-Identifier: BSD-2-Clause */
/* What the firmware is and has (RISC-V Supervisor Binary Interface, and its legacy part), and the
 * way to it; asm/sbi.h has the calls. */
#include <kernel/init.h>
#include <kernel/printk.h>
#include <kernel/sprintf.h>
#include <arch/cpu.h>
#include <asm/sbi.h>

#define BASE_SPEC_VERSION	0
#define BASE_IMPL_ID		1
#define BASE_IMPL_VERSION	2
#define BASE_PROBE		3

unsigned int sbi_features;				/* [c] */
static unsigned long spec_version __initdata;		/* [i] */

struct sbiret sbi_ecall(unsigned long ext, unsigned long fid, unsigned long arg0,
			unsigned long arg1, unsigned long arg2, unsigned long arg3)
{
	register unsigned long a0 __asm__("a0") = arg0;
	register unsigned long a1 __asm__("a1") = arg1;
	register unsigned long a2 __asm__("a2") = arg2;
	register unsigned long a3 __asm__("a3") = arg3;
	register unsigned long a6 __asm__("a6") = fid;
	register unsigned long a7 __asm__("a7") = ext;

	__asm__ volatile("ecall"
			 : "+r"(a0), "+r"(a1)
			 : "r"(a2), "r"(a3), "r"(a6), "r"(a7)
			 : "memory");
	return (struct sbiret){ .error = (long)a0, .value = (long)a1 };
}

static const struct {
	unsigned long ext;
	enum sbi_feature feature;
	const char *name;
} sbi_extensions[] __initconst = {
	{ SBI_EXT_TIME, SBI_HAS_TIME, "TIME" },
	{ SBI_EXT_IPI, SBI_HAS_IPI, "IPI" },
	{ SBI_EXT_RFENCE, SBI_HAS_RFENCE, "RFENCE" },
	{ SBI_EXT_HSM, SBI_HAS_HSM, "HSM" },
	{ SBI_EXT_SRST, SBI_HAS_SRST, "SRST" },
	{ SBI_EXT_DBCN, SBI_HAS_DBCN, "DBCN" },
	{ SBI_LEGACY_PUTCHAR, SBI_HAS_LEGACY_CONSOLE, "legacy console" },
};

void __init sbi_init(void)
{
	struct sbiret ret = sbi_ecall(SBI_EXT_BASE, BASE_SPEC_VERSION, 0, 0, 0, 0);

	if (ret.error) {
		/* Version 0.1 knows nothing but the legacy calls. */
		sbi_features = SBI_HAS_LEGACY_CONSOLE;
		return;
	}
	spec_version = (unsigned long)ret.value;
	for (size_t i = 0; i < ARRAY_SIZE(sbi_extensions); i++) {
		ret = sbi_ecall(SBI_EXT_BASE, BASE_PROBE, sbi_extensions[i].ext, 0, 0, 0);
		if (!ret.error && ret.value)
			sbi_features |= sbi_extensions[i].feature;
	}
}

void __init arch_report_firmware(void)
{
	static const char *const names[] __initconst = {
		"BBL", "OpenSBI", "Xvisor", "KVM", "RustSBI", "Diosix", "Coffer", "Xen",
		"PolarFire HSS", "coreboot", "oreboot", "bhyve",
	};
	unsigned long id, version;
	char list[80] = "";
	size_t len = 0;

	if (!spec_version) {
		pr_info("SBI specification v0.1: legacy calls only\n");
		return;
	}
	id = (unsigned long)sbi_ecall(SBI_EXT_BASE, BASE_IMPL_ID, 0, 0, 0, 0).value;
	version = (unsigned long)sbi_ecall(SBI_EXT_BASE, BASE_IMPL_VERSION, 0, 0, 0, 0).value;
	for (size_t i = 0; i < ARRAY_SIZE(sbi_extensions); i++) {
		if (sbi_has(sbi_extensions[i].feature))
			len += scnprintf(list + len, sizeof(list) - len, " %s",
					 sbi_extensions[i].name);
	}
	pr_info("SBI specification v%lu.%lu, %s v%lu.%lu, extensions:%s\n",
		spec_version >> 24, spec_version & 0xffffff,
		id < ARRAY_SIZE(names) ? names[id] : "unknown firmware", version >> 16,
		version & 0xffff, list);
}
