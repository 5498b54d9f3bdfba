// Proves of every state machine that it is whole: each state can be reached, and nobody is stuck on the way.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { next, sourcesOf, type Machine } from './machine.ts';
import { machines } from './states.ts';
import { virtualMachineMachine } from './states/vm.ts';

const stepsOf = (of: Machine, state: string): [string, string][] =>
  Object.entries(of.states[state]!).map(([event, step]) => [event, typeof step === 'string' ? step : step[0]]);

function reachable(of: Machine): Set<string> {
  const seen = new Set<string>(of.initial);
  for (const state of seen) for (const [, to] of stepsOf(of, state)) seen.add(to);
  return seen;
}

for (const [constant, each] of Object.entries(machines)) {
  const of: Machine = each;

  test(`${constant}: every state is known and reachable`, () => {
    for (const state of reachable(of)) assert.ok(state in of.states, `${state} has no row`);
    assert.deepEqual(
      Object.keys(of.states).filter((state) => !reachable(of).has(state)),
      [],
    );
  });

  test(`${constant}: a state that ends in …ing is transient`, () => {
    const unmarked = Object.keys(of.states).filter(
      (state) => ONGOING.test(state) && !of.transient.includes(state) && !of.final.includes(state),
    );
    assert.deepEqual(unmarked, []);
  });

  test(`${constant}: a transient state is left on success and on failure`, () => {
    for (const state of of.transient) {
      const left = stepsOf(of, state)
        .filter(([, to]) => to !== state)
        .map(([event]) => event);
      assert.ok(
        left.some((event) => SUCCESS.test(event)),
        `nothing leaves ${state} on success: ${left.join(', ')}`,
      );
      assert.ok(
        left.some((event) => FAILURE.test(event)),
        `nothing leaves ${state} on failure: ${left.join(', ')}`,
      );
    }
  });

  test(`${constant}: only final states are dead ends`, () => {
    const ends = Object.keys(of.states).filter((state) => stepsOf(of, state).every(([, to]) => to === state));
    assert.deepEqual(
      ends.filter((state) => !of.final.includes(state)),
      [],
    );
    assert.deepEqual(
      of.final.filter((state) => !ends.includes(state)),
      [],
    );
  });
}

const ONGOING = /(?<!Runn)ing$/;
const SUCCESS =
  /Succeeded|Success|Completed$|^Recovered$|^Fenced$|^HealthCheckPassed$|^Ready$|^InternalCreated$|^InternalEnterMaintenance$|^AgentConnected$/;
const FAILURE = /Failed|Failure|Error|Exceeded|^Ineligible$|Timeout|^Cancel|Cancel|HostDown|Unable|Disconnected/;

test('next says where an event leads and whether metering must see it', () => {
  assert.deepEqual(next(virtualMachineMachine, 'Starting', 'OperationSucceeded'), { to: 'Running', usage: true });
  assert.deepEqual(next(virtualMachineMachine, 'Stopped', 'StartRequested'), { to: 'Starting', usage: false });
  assert.equal(next(virtualMachineMachine, 'Running', 'StartRequested'), undefined);
});

test('sourcesOf names the states an event is allowed in', () => {
  assert.deepEqual(sourcesOf(virtualMachineMachine, 'StartRequested'), ['Stopped']);
});

test('an event or state that a machine does not have does not compile', () => {
  // @ts-expect-error no such event
  assert.equal(next(virtualMachineMachine, 'Running', 'Nonsense'), undefined);
  // @ts-expect-error no such state
  assert.equal(next(virtualMachineMachine, 'Nonsense', 'StopRequested'), undefined);
});
