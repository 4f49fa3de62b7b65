# SPDX-License-Identifier: Apache-2.0
"""One agent with a few files of its own, for a test that is not a table."""

import steps
from agent import Agent
from cases import World


class Setting:
    """`label` names its folder; {T} in the policy and in rows stands for it. `options` are the agent's."""

    def __init__(self, policy, user, label, **options):
        self.world = World(f"/srv/cofferdam-tests/{label}-{user}", user)
        self.folder = self.world.folder
        steps.run(self.world, f"file {self.folder}/none/f; file {self.folder}/rw/f; file {self.folder}/ro/f")
        self.path = f"/srv/{label}-{user}.yaml"
        with open(self.path, "w") as file:
            file.write(policy.replace("{T}", self.folder))
        self.problems = []
        self.agent = Agent(self.path, user, self.folder, **options)

    def expect(self, row, expected, prober=None):
        row = row.replace("{T}", self.folder)
        answer = (prober or self.agent).run(row)
        if answer["result"] != expected:
            self.problems.append(f"{row}: {answer['result']}, expected {expected} {answer['detail']}")
        return answer

    def expect_event(self, runner, answer, reason):
        """The row's denial was told, once."""
        reasons = [event["reason"] for event in runner.events.of(answer["pid"])]
        if reasons != [reason]:
            self.problems.append(f"events {reasons}, expected ['{reason}']")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.agent.close()
        self.world.close()
