// Writes api/snapshot.json: all promises of api/ as text, checked in, so that none can change without a visible diff.
// Run by itself it writes the file; snapshot.test.ts compares it.
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Param } from '#base/param.ts';
import { commands, laterCommands } from '#api/commands.ts';
import { wireName, type Command, type Field, type Response } from '#api/define.ts';
import { errors } from '#api/errors.ts';
import { events } from '#api/events.ts';
import type { Machine } from '#api/machine.ts';
import type { Setting } from '#api/setting.ts';
import { settings } from '#api/settings.ts';
import { machines } from '#api/states.ts';

export const snapshotFile = new URL('../../api/snapshot.json', import.meta.url);

type Text = Record<string, unknown>;

export function snapshot(): string {
  const names = responseNames([...Object.values<Command>(commands), ...Object.values<Command>(laterCommands)]);
  const promises = {
    commands: mapped(commands, (command) => commandText(command, names)),
    laterCommands: mapped(laterCommands, (command) => commandText(command, names)),
    responses: sorted(
      Object.fromEntries(
        [...names].map(([response, name]) => [name, mapped(response.fields, (field) => fieldText(field, names))]),
      ),
    ),
    errors,
    events,
    settings: mapped(settings, settingText),
    machines: mapped(machines, machineText),
  };
  return `${JSON.stringify(promises, null, 1)}\n`;
}

const sorted = (object: Text): Text =>
  Object.fromEntries(Object.entries(object).toSorted(([a], [b]) => (a < b ? -1 : 1)));
const mapped = <T>(object: Readonly<Record<string, T>>, text: (value: T) => unknown): Text =>
  sorted(Object.fromEntries(Object.entries(object).map(([key, value]) => [key, text(value)])));

/** Responses by the object's name; where several have one, by that and the command that shows each first. */
function responseNames(all: readonly Command[]): Map<Response, string> {
  const shownBy = new Map<Response, string>();
  for (const { name, returns } of all.toSorted((a, b) => (a.name < b.name ? -1 : 1)))
    for (const each of within(returns)) if (!shownBy.has(each)) shownBy.set(each, name);
  const count = Map.groupBy(shownBy.keys(), (each) => each.objectName);
  return new Map(
    [...shownBy].map(([each, command]) => [
      each,
      count.get(each.objectName)!.length > 1 ? `${each.objectName} of ${command}` : each.objectName,
    ]),
  );
}

function within(response: Response): Set<Response> {
  const seen = new Set([response]);
  for (const each of seen) for (const { of } of Object.values(each.fields)) if (of) seen.add(of());
  return seen;
}

function commandText(
  { name: _, params, returns, roles, key, errorKey, ...rest }: Command,
  names: Map<Response, string>,
): Text {
  const wired = Object.fromEntries(
    Object.entries(params).map(([own, param]) => [wireName(own, param), paramText(param)]),
  );
  const keys = errorKey === key ? key : `${key}, for errors ${errorKey}`;
  return {
    ...sorted({ ...rest, key: keys, roles: roles.join(' ') }),
    params: sorted(wired),
    returns: names.get(returns),
  };
}

/** A definition on one line: what it is, then what is said of it. */
const line = (what: string, marks: object): string =>
  [what, ...Object.entries(sorted({ ...marks })).map(([key, value]) => mark(key, value))].join(' ').trim();
const mark = (key: string, value: unknown): string => {
  if (value === undefined || value === false) return '';
  if (value === true) return key;
  return `${key}=${typeof value === 'object' && value !== null ? textOf(value) : JSON.stringify(value).replaceAll('"', '')}`;
};

/** A list or a pattern. */
const textOf = (value: object): string =>
  Array.isArray(value) ? value.join('|') : value instanceof RegExp ? value.source : JSON.stringify(value);

const paramText = ({ kind, type: _, ...marks }: Param): string => line(kind, marks).replace(/ {2,}/g, ' ');
const fieldText = ({ type, of, valueType: _, ...marks }: Field, names: Map<Response, string>): string =>
  line(of ? `${type} of ${names.get(of())}` : type, marks).replace(/ {2,}/g, ' ');
const settingText = ({ kind, default: value, ...marks }: Setting): string =>
  line(`${kind} ${JSON.stringify(value)}`, marks).replace(/ {2,}/g, ' ');

function machineText({ name, initial, transient, final, states }: Machine): Text {
  const steps = mapped(states, (of) =>
    Object.entries(of)
      .map(([event, to]) => `${event} → ${typeof to === 'string' ? to : to.join(', ')}`)
      .toSorted(),
  );
  return { name, initial: initial.join(' '), transient: transient.join(' '), final: final.join(' '), states: steps };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  writeFileSync(snapshotFile, snapshot());
