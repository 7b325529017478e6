/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The drivers on devices whose registers are plain memory, and what the kernel chooses when there
 * is a firmware as well: which console it takes, and in which order it tries the ways to end.
 */
#include "common/boot.h"
#include "common/tree.h"

#include <kernel/cmdline.h>
#include <kernel/console.h>
#include <kernel/fdt.h>
#include <kernel/power.h>
#include <mm/config.h>
#include <arch/page.h>

#define UART		0x90000000ull
#define SWITCH		0x90001000ull
#define OTHER_SWITCH	0x90002000ull
#define DEVICES_END	0x90003000ull
#define LSR		5
#define LSR_IDLE	0x20
#define LSR_CHARACTER	0x01

/* ---- firmware that writes down what it is asked ---- */

static char said[256], trail[64];
static bool is_mute;

static void note(char *list, size_t size, char c)
{
	size_t len = strlen(list);

	assert_true(len + 1 < size);
	list[len] = c;
	list[len + 1] = 0;
}

static u8 *register_at(u64 pa)
{
	return __va(pa);
}

static u32 switch_word(u64 pa)
{
	u32 word;

	memcpy(&word, register_at(pa), sizeof(word));
	return word;
}

static bool firmware_putc(char c)
{
	if (!is_mute)
		note(said, sizeof(said), c);
	return !is_mute;
}

/* A capital letter in the record means that the device was asked before the firmware. */
static void firmware_power(enum power_end how)
{
	char letter = how == POWER_OFF ? 'o' : how == POWER_REBOOT ? 'r' : 'f';

	note(trail, sizeof(trail), switch_word(SWITCH) ? letter - 'a' + 'A' : letter);
}

static void firmware_shutdown(void)
{
	note(trail, sizeof(trail), 's');
}

static struct console firmware_console = { .name = "firmware's" };
static struct host_firmware firmware;

static int fresh(void **state)
{
	struct host_machine m = host_default_machine;

	(void)state;
	firmware = (struct host_firmware){
		.putc = firmware_putc, .console = &firmware_console, .power_name = "CALL",
		.power = firmware_power, .shutdown = firmware_shutdown,
	};
	m.firmware = &firmware;
	host_reset(&m);
	host_open_ram(UART, DEVICES_END - UART);
	register_at(UART)[LSR] = LSR_IDLE;
	said[0] = trail[0] = 0;
	is_mute = false;
	return 0;
}

/* ---- trees ---- */

static void device(const char *name, const char *compatible, u64 base, u64 size)
{
	tree_node(name);
	tree_text("compatible", compatible);
	tree_reg(base, size);
}

static void adopt(void)
{
	const void *tree = tree_end();

	assert_null(fdt_adopt(tree, 8, TREE_BYTES));
}

/* Begins a tree with one UART, whose node stays open. */
static void begin_uart(const char *compatible, u64 base)
{
	tree_begin(2, 2, NULL);
	tree_node("chosen");
	tree_text("stdout-path", "/serial:115200n8");
	tree_node_end();
	device("serial", compatible, base, 0x100);
}

static void adopt_uart(const char *compatible)
{
	begin_uart(compatible, UART);
	tree_node_end();
	adopt();
}

static void adopt_switch(const char *compatible)
{
	tree_begin(2, 2, NULL);
	device("test", compatible, SWITCH, 0x1000);
	tree_node_end();
	adopt();
}

/* ---- the console ---- */

static const char *chosen_console(const char *args)
{
	cmdline_init(args);
	console_init();
	return strstr(host_log(), "console: ") ? host_console()->name : NULL;
}

static void the_firmware_comes_first(void **state)
{
	(void)state;
	adopt_uart("ns16550a");
	assert_string_equal(chosen_console(""), "firmware's");
	assert_string_equal(host_log(), "console: firmware's\n");
}

static void the_uart_on_request(void **state)
{
	(void)state;
	adopt_uart("ns16550a");
	assert_string_equal(chosen_console("console=uart"), "ns16550");
	assert_string_equal(host_log(), "console: ns16550\n");
}

static void the_uart_without_firmware(void **state)
{
	(void)state;
	firmware.console = NULL;
	adopt_uart("ns16550a");
	assert_string_equal(chosen_console("console=sbi"), "ns16550");
}

/* Linux's names for both consoles are taken; any other name is refused in the log. */
static void other_words_for_a_console(void **state)
{
	adopt_uart("ns16550a");
	assert_string_equal(chosen_console("console=hvc0 console=ttyS0,115200n8"), "ns16550");
	fresh(state);
	adopt_uart("ns16550a");
	assert_string_equal(chosen_console("console=ttyS0 console=hvc0"), "firmware's");
	assert_string_equal(host_log(), "console: firmware's\n");
	fresh(state);
	adopt_uart("ns16550a");
	assert_string_equal(chosen_console("console=foo"), "firmware's");
	assert_string_equal(host_log(), "console=foo is ignored: sbi or uart is expected\n"
			    "console: firmware's\n");
}

static void a_request_that_cannot_be_met(void **state)
{
	(void)state;
	adopt_uart("acme,uart");
	assert_string_equal(chosen_console("console=uart"), "firmware's");
	assert_non_null(strstr(host_log(), "console=uart is ignored: stdout-path names no UART that "
							"this kernel knows"));
}

static void no_console_at_all(void **state)
{
	(void)state;
	firmware.console = NULL;
	adopt_switch("sifive,test1");
	assert_null(chosen_console(""));
	assert_string_equal(host_log(), "");
}

/* ---- emergencies ---- */

static void an_emergency_goes_to_the_firmware(void **state)
{
	(void)state;
	emergency_puts("early");
	adopt_uart("ns16550a");
	emergency_puts(", late");
	assert_string_equal(said, "early, late");
	assert_int_equal(register_at(UART)[0], 0);
}

/* In an emergency nobody has chosen a console yet. */
static void an_emergency_finds_the_uart(void **state)
{
	(void)state;
	is_mute = true;
	emergency_puts("dropped: no tree yet");
	adopt_uart("snps,dw-apb-uart");
	emergency_puts("x");
	assert_int_equal(register_at(UART)[0], 'x');
	assert_string_equal(said, "");
}

static void an_emergency_finds_nothing(void **state)
{
	(void)state;
	is_mute = true;
	adopt_uart("acme,uart");
	emergency_puts("x");
	assert_int_equal(register_at(UART)[0], 0);
}

/* ---- the UART ---- */

static bool uart_found(void)
{
	const char *name = chosen_console("console=uart");

	return name && !strcmp(name, "ns16550");
}

static void every_name_of_a_uart(void **state)
{
	static const char *const names[] = { "ns16550", "ns16550a", "snps,dw-apb-uart",
					     "starfive,jh7110-uart" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		fresh(state);
		adopt_uart(names[i]);
		assert_true(uart_found());
	}
}

static void a_second_name_will_do(void **state)
{
	static const char both[] = "acme,uart\0ns16550a";

	(void)state;
	tree_begin(2, 2, NULL);
	tree_node("aliases");
	tree_text("serial0", "/line");
	tree_node_end();
	tree_node("chosen");
	tree_text("stdout-path", "serial0");
	tree_node_end();
	tree_node("line");
	tree_bytes("compatible", both, sizeof(both));
	tree_reg(UART, 0x100);
	tree_node_end();
	adopt();
	assert_true(uart_found());
}

static void characters_both_ways(void **state)
{
	struct console *con;

	(void)state;
	adopt_uart("ns16550a");
	assert_true(uart_found());
	con = host_console();
	con->write(con, "ab", 2);
	assert_int_equal(register_at(UART)[0], 'b');
	assert_int_equal(con->getc(con), -1);
	register_at(UART)[LSR] |= LSR_CHARACTER;
	register_at(UART)[0] = 0xe9;
	assert_int_equal(con->getc(con), 0xe9);
}

/* A UART that never becomes ready costs time, and the kernel goes on. */
static void a_uart_that_stays_busy(void **state)
{
	(void)state;
	is_mute = true;
	adopt_uart("ns16550a");
	register_at(UART)[LSR] = 0;
	emergency_puts("x");
	assert_int_equal(register_at(UART)[0], 'x');
}

static void registers_apart(void **state)
{
	struct console *con;
	u32 word = LSR_IDLE | LSR_CHARACTER;

	(void)state;
	begin_uart("snps,dw-apb-uart", UART);
	tree_u32("reg-offset", 0x100);
	tree_u32("reg-shift", 2);
	tree_u32("reg-io-width", 4);
	tree_node_end();
	adopt();
	assert_true(uart_found());
	memcpy(register_at(UART + 0x100 + (LSR << 2)), &word, sizeof(word));
	con = host_console();
	con->write(con, "y", 1);
	memcpy(&word, register_at(UART + 0x100), sizeof(word));
	assert_int_equal(word, 'y');
	assert_int_equal(con->getc(con), 'y');
}

static void uarts_that_are_refused(void **state)
{
	static const struct {
		u64 base;
		u32 shift, width;
	} bad[] = {
		{ UART, 9, 1 }, { UART, 0, 2 }, { UART + 0xffc, 0, 1 }, { UART + 0x900, 8, 4 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		fresh(state);
		begin_uart("ns16550a", bad[i].base);
		tree_u32("reg-shift", bad[i].shift);
		tree_u32("reg-io-width", bad[i].width);
		tree_node_end();
		adopt();
		assert_false(uart_found());
	}
}

static void no_page_for_a_device(void **state)
{
	(void)state;
	firmware.no_device_pages = true;
	adopt_uart("ns16550a");
	assert_false(uart_found());
	fresh(state);
	firmware.no_device_pages = true;
	adopt_switch("sifive,test1");
	power_init();
	assert_string_equal(host_log(), "power: firmware (CALL)\n");
}

/* ---- the ends ---- */

static void expect_end(const char *letters, u32 word, const char *text)
{
	assert_string_equal(trail, letters);
	assert_int_equal(switch_word(SWITCH), word);
	assert_string_equal(said, text);
}

static const char halted[] = "System halted\n";

/* Neither firmware nor device obeys here, so that each is asked, in order. */
static void poweroff_asks_the_firmware_first(void **state)
{
	(void)state;
	adopt_switch("sifive,test0");
	assert_int_equal(HOST_TRY(power_off()), HOST_POWERED_OFF);
	expect_end("os", 0x5555, halted);
}

static void reboot_asks_the_firmware_first(void **state)
{
	(void)state;
	adopt_switch("sifive,test0");
	power_init();
	assert_int_equal(HOST_TRY(power_reboot()), HOST_POWERED_OFF);
	expect_end("r", 0x7777, "The machine cannot reboot. System halted\n");
}

/* Only the device can pass on the exit code. */
static void exit_asks_the_device_first(void **state)
{
	(void)state;
	adopt_switch("sifive,test1");
	assert_int_equal(HOST_TRY(power_exit(2)), HOST_POWERED_OFF);
	expect_end("Fs", 0x23333, halted);
}

static void an_end_before_there_is_a_tree(void **state)
{
	(void)state;
	assert_int_equal(HOST_TRY(power_exit(2)), HOST_POWERED_OFF);
	expect_end("fs", 0, halted);
}

static void what_boot_says_of_power(void **state)
{
	adopt_switch("sifive,test1");
	power_init();
	assert_string_equal(host_log(), "power: firmware (CALL), test device\n");
	fresh(state);
	power_init();
	assert_string_equal(host_log(), "power: firmware (CALL)\n");
	fresh(state);
	firmware.power_name = NULL;
	adopt_switch("sifive,test0");
	power_init();
	assert_string_equal(host_log(), "power: test device\n");
	fresh(state);
	firmware.power_name = NULL;
	power_init();
	assert_string_equal(host_log(),
			    "power: this machine shows no way to switch it off\n");
}

/* test1 can do more than test0 and is chosen, wherever it stands in the tree; a node without
 * registers is passed over. */
static void the_better_switch(void **state)
{
	static const u64 sizes[] = { 0x1000, 2 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		fresh(state);
		tree_begin(2, 2, NULL);
		device("first", "sifive,test0", OTHER_SWITCH, 0x1000);
		tree_node_end();
		device("second", "sifive,test1", SWITCH, sizes[i]);
		tree_node_end();
		adopt();
		assert_int_equal(HOST_TRY(power_exit(1)), HOST_POWERED_OFF);
		assert_int_equal(switch_word(SWITCH), i ? 0 : 0x13333);
		assert_int_equal(switch_word(OTHER_SWITCH), i ? 0x13333 : 0);
	}
}

#define CASE(test)	cmocka_unit_test_setup(test, fresh)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(the_firmware_comes_first),
		CASE(the_uart_on_request),
		CASE(the_uart_without_firmware),
		CASE(other_words_for_a_console),
		CASE(a_request_that_cannot_be_met),
		CASE(no_console_at_all),
		CASE(an_emergency_goes_to_the_firmware),
		CASE(an_emergency_finds_the_uart),
		CASE(an_emergency_finds_nothing),
		CASE(every_name_of_a_uart),
		CASE(a_second_name_will_do),
		CASE(characters_both_ways),
		CASE(a_uart_that_stays_busy),
		CASE(registers_apart),
		CASE(uarts_that_are_refused),
		CASE(no_page_for_a_device),
		CASE(poweroff_asks_the_firmware_first),
		CASE(reboot_asks_the_firmware_first),
		CASE(exit_asks_the_device_first),
		CASE(an_end_before_there_is_a_tree),
		CASE(what_boot_says_of_power),
		CASE(the_better_switch),
	};

	return cmocka_run_group_tests_name("devices", tests, NULL, NULL);
}
