/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/fd.h"

static void test_fd_close_keeps_errno(void **state)
{
	int fd = memfd_create("test_fd", MFD_CLOEXEC);
	int closed = fd;
	int none = -EBADF;

	(void)state;
	assert_true(fd >= 0);
	errno = ENOTTY;
	cf_fd_close(&fd);
	assert_int_equal(fd, -1);
	cf_fd_close(&none);
	assert_int_equal(none, -1);
	assert_int_equal(errno, ENOTTY);
	assert_int_equal(fcntl(closed, F_GETFD), -1);
}

static void test_fd_read_all_gives_all(void **state)
{
	cf_auto_fd int fd = memfd_create("test_fd", MFD_CLOEXEC);
	cf_auto_free char *text = NULL;
	char bytes[50000];
	size_t size = 0;

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	assert_int_equal(cf_fd_write_all(fd, bytes, sizeof(bytes)), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(cf_fd_read_all(fd, sizeof(bytes), &text, &size), 0);
	assert_int_equal(size, sizeof(bytes));
	assert_memory_equal(text, bytes, size);
	assert_int_equal(text[size], 0);
}

static void test_fd_read_all_bounded(void **state)
{
	cf_auto_fd int fd = memfd_create("test_fd", MFD_CLOEXEC);
	char *text = NULL;
	size_t size = 7;

	(void)state;
	assert_int_equal(cf_fd_write_all(fd, "12345", 5), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(cf_fd_read_all(fd, 4, &text, &size), -EFBIG);
	assert_null(text);
	assert_int_equal(size, 7);
}

static void test_fd_errors_returned(void **state)
{
	char *text = NULL;
	size_t size;

	(void)state;
	assert_int_equal(cf_fd_read_all(-1, 10, &text, &size), -EBADF);
	assert_int_equal(cf_fd_write_all(-1, "a", 1), -EBADF);
	errno = 0;
	assert_int_equal(cf_errno_negative(), -EIO);
	errno = EPERM;
	assert_int_equal(cf_errno_negative(), -EPERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fd_close_keeps_errno),
		cmocka_unit_test(test_fd_read_all_gives_all),
		cmocka_unit_test(test_fd_read_all_bounded),
		cmocka_unit_test(test_fd_errors_returned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
