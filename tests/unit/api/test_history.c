/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/daemon/support.h"

#include "api/history.h"

static struct cf_api_agent *add_agent(struct cf_api_agents *agents, uint32_t id)
{
	struct cf_api_agent *agent = calloc(1, sizeof(*agent));

	agent->id = id;
	HASH_ADD(hh, agents->by_id, id, sizeof(agent->id), agent);
	return agent;
}

static void add_event(struct cf_history *history, struct cf_api_agent *agent, uint64_t stream)
{
	struct cf_message_event event;

	fill_event(&event);
	event.agent = agent->id;
	event.stream = stream;
	assert_int_equal(cf_history_add(history, agent, &event.header), 0);
}

static void count_evicted(const struct cf_record *record, void *userdata)
{
	assert_int_equal(record->agent->id, 1);
	++*(size_t *)userdata;
}

static void test_history_found_in_order(void **state)
{
	struct cf_api_agents agents = {};
	struct cf_history history = {.agents = &agents};
	struct cf_api_agent *agent = add_agent(&agents, 1);
	const struct cf_record *record;

	(void)state;
	assert_null(cf_history_find_after(&history, 0));
	assert_int_equal(cf_history_last(&history), 0);
	for (uint64_t stream = 1; stream <= 5; stream++)
		add_event(&history, agent, stream * 10);
	assert_int_equal(cf_history_find_after(&history, 0)->stream, 10);
	assert_int_equal(cf_history_find_after(&history, 10)->stream, 20);
	assert_int_equal(cf_history_find_after(&history, 11)->stream, 20);
	assert_int_equal(cf_history_find_after(&history, 49)->stream, 50);
	assert_null(cf_history_find_after(&history, 50));
	assert_int_equal(cf_history_last(&history), 50);
	record = cf_history_find_after(&history, 30);
	assert_int_equal(record->stream, 40);
	assert_int_equal(record->next->stream, 50);
	assert_null(record->next->next);
	cf_history_done(&history);
	cf_api_agents_done(&agents);
}

static void test_history_flood_costs_others_nothing(void **state)
{
	struct cf_api_agents agents = {};
	size_t n_evicted = 0;
	struct cf_history history = {
		.agents = &agents, .evicted = count_evicted, .userdata = &n_evicted};
	struct cf_api_agent *flood = add_agent(&agents, 1);
	struct cf_api_agent *quiet = add_agent(&agents, 2);
	uint64_t stream = 0;

	(void)state;
	for (unsigned int i = 0; i < 10; i++)
		add_event(&history, quiet, ++stream);
	for (unsigned int i = 0; i < 2 * CF_HISTORY_MAX; i++)
		add_event(&history, flood, ++stream);
	assert_int_equal(history.n_records, CF_HISTORY_MAX);
	assert_int_equal(quiet->n_events, 10);
	assert_int_equal(flood->n_events, CF_HISTORY_MAX - 10);
	assert_int_equal(n_evicted, CF_HISTORY_MAX + 10);
	assert_int_equal(cf_history_find_after(&history, 0)->stream, 1);
	cf_history_done(&history);
	cf_api_agents_done(&agents);
}

static void test_history_gone_agent_kept_with_its_events(void **state)
{
	struct cf_api_agents agents = {};
	struct cf_history history = {.agents = &agents};
	struct cf_api_agent *agent = add_agent(&agents, 1);
	struct cf_message_status last;

	(void)state;
	cf_message_init(&last, CF_MESSAGE_AGENT_GONE, 0);
	last.agent = 1;
	add_event(&history, agent, 1);
	cf_api_agents_end(&agents, &last);
	assert_ptr_equal(cf_api_agents_find(&agents, 1), agent);
	assert_true(agent->is_gone);
	cf_history_done(&history);
	assert_null(cf_api_agents_find(&agents, 1));
	/* Without events it goes at once; one that is not known is nothing. */
	(void)add_agent(&agents, 1);
	cf_api_agents_end(&agents, &last);
	assert_null(cf_api_agents_find(&agents, 1));
	cf_api_agents_end(&agents, &last);
}

static void test_agent_visible_to_owner_and_root(void **state)
{
	const struct cf_api_agent agent = {.uid = 1000};

	(void)state;
	assert_true(cf_api_agent_is_visible(&agent, 0));
	assert_true(cf_api_agent_is_visible(&agent, 1000));
	assert_false(cf_api_agent_is_visible(&agent, 1001));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_history_found_in_order),
		cmocka_unit_test(test_history_flood_costs_others_nothing),
		cmocka_unit_test(test_history_gone_agent_kept_with_its_events),
		cmocka_unit_test(test_agent_visible_to_owner_and_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
