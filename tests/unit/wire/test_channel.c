/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/daemon/support.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "wire/channel.h"

/* Open descriptors of this process: one that is left over is a leak. */
static size_t count_fds(void)
{
	DIR *directory = opendir("/proc/self/fd");
	size_t n = 0;

	assert_non_null(directory);
	while (readdir(directory))
		n++;
	(void)closedir(directory);
	return n;
}

static void make_pair(int *ours, int *theirs)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	*ours = pair[0];
	*theirs = pair[1];
}

static void test_channel_message_and_fd_arrive(void **state)
{
	size_t before = count_fds();
	struct cf_message_connection message;

	(void)state;
	{
		cf_auto_fd int ours = -1, theirs = -1;
		cf_auto_fd int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
		cf_auto_packet struct cf_packet packet = {};

		make_pair(&ours, &theirs);
		cf_message_init(&message, CF_MESSAGE_CONNECTION, 0);
		message.connection = 3;
		message.pid = 1;
		assert_int_equal(cf_channel_receive(theirs, CF_PARTY_DAEMON, &packet), -EAGAIN);
		assert_int_equal(cf_channel_send(ours, &message, &null, 1, false), 0);
		assert_int_equal(cf_channel_receive(theirs, CF_PARTY_DAEMON, &packet), 0);
		assert_int_equal(packet.message.connection.connection, 3);
		assert_int_equal(packet.n_fds, 1);
		assert_int_equal(fcntl(packet.fds[0], F_GETFD), FD_CLOEXEC);
	}
	assert_int_equal(count_fds(), before);
}

static void test_channel_bad_message_leaks_nothing(void **state)
{
	size_t before = count_fds();
	struct cf_message_connection message;

	(void)state;
	{
		cf_auto_fd int ours = -1, theirs = -1;
		cf_auto_fd int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
		const int many[] = {null, null, null};
		cf_auto_packet struct cf_packet packet = {};

		make_pair(&ours, &theirs);
		cf_message_init(&message, CF_MESSAGE_CONNECTION, 0);
		assert_int_equal(cf_channel_send(ours, &message, many, 3, false), 0);
		assert_int_equal(cf_channel_receive(theirs, CF_PARTY_DAEMON, &packet), -EBADMSG);
		assert_int_equal(packet.n_fds, 0);
		/* Nothing, and something that is too large for any message. */
		assert_int_equal(send(ours, "", 0, 0), 0);
		assert_int_equal(cf_channel_receive(theirs, CF_PARTY_DAEMON, &packet), -EPIPE);
	}
	assert_int_equal(count_fds(), before);
}

static void test_channel_oversized_packet_rejected(void **state)
{
	cf_auto_fd int ours = -1, theirs = -1;
	cf_auto_free char *bytes = calloc(1, sizeof(union cf_message) + 1);
	cf_auto_packet struct cf_packet packet = {};

	(void)state;
	make_pair(&ours, &theirs);
	assert_int_equal(send(ours, bytes, sizeof(union cf_message) + 1, 0),
			 (ssize_t)sizeof(union cf_message) + 1);
	assert_int_equal(cf_channel_receive(theirs, CF_PARTY_DAEMON, &packet), -EBADMSG);
}

static void test_channel_end_and_overflow_told(void **state)
{
	cf_auto_fd int ours = -1, theirs = -1;
	cf_auto_packet struct cf_packet packet = {};
	struct cf_message_plain message;
	int r = 0;

	(void)state;
	make_pair(&ours, &theirs);
	cf_message_init(&message, CF_MESSAGE_STATE_GET, 1);
	for (unsigned int i = 0; i < 1000000 && r == 0; i++)
		r = cf_channel_send(ours, &message, NULL, 0, false);
	assert_int_equal(r, -EAGAIN);
	cf_fd_close(&theirs);
	assert_int_equal(cf_channel_send(ours, &message, NULL, 0, false), -EPIPE);
	assert_int_equal(cf_channel_receive(ours, CF_PARTY_API, &packet), -EPIPE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_channel_message_and_fd_arrive),
		cmocka_unit_test(test_channel_bad_message_leaks_nothing),
		cmocka_unit_test(test_channel_oversized_packet_rejected),
		cmocka_unit_test(test_channel_end_and_overflow_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
