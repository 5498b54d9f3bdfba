// What each form of output looks like, to the letter.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { render } from './render.ts';
import type { Wish } from './render.ts';

const zones = {
  count: 3,
  zone: [
    { type: 'Core', name: 'one', id: '1-a', tags: [], enabled: true, note: 'say "hi", twice' },
    { type: 'Edge', name: 'zwei', id: '2', capacity: [{ used: 1, of: { total: 2 } }], note: 'two\nlines' },
  ],
};
const text = async (answer: object, wish: Partial<Wish> & { format: string }): Promise<string> =>
  (await render({ ...answer }, { filter: [], ...wish })).text;

test('json is the answer, filtered in the order asked for', async () => {
  assert.equal(
    await text({ count: 1, zone: [{ id: '1', name: 'one', x: 2 }] }, { format: 'json', filter: ['name', 'id'] }),
    '{\n  "count": 1,\n  "zone": [\n    {\n      "name": "one",\n      "id": "1"\n    }\n  ]\n}\n',
  );
  assert.equal(
    await text({ virtualmachine: { id: '1', name: 'one' } }, { format: 'json', filter: ['id'] }),
    '{\n  "virtualmachine": {\n    "id": "1"\n  }\n}\n',
  );
  assert.equal(await text({ jobid: 'j', id: 'x' }, { format: 'json', filter: ['jobid'] }), '{\n  "jobid": "j"\n}\n');
  assert.equal(await text({}, { format: 'json' }), '{}\n');
});

test('jsonl is one thing per line', async () => {
  assert.equal(
    await text(zones, { format: 'jsonl', filter: ['id', 'enabled'] }),
    '{"id":"1-a","enabled":true}\n{"id":"2"}\n',
  );
  assert.equal(await text({ success: true }, { format: 'jsonl' }), '{"success":true}\n');
  assert.equal(await text({}, { format: 'jsonl' }), '');
});

test('csv has every field of every thing and quotes what needs it', async () => {
  assert.equal(
    await text(zones, { format: 'csv' }),
    'type,name,id,tags,enabled,note,capacity\nCore,one,1-a,[],true,"say ""hi"", twice",\nEdge,zwei,2,,,"two\nlines","[{""used"":1,""of"":{""total"":2}}]"\n',
  );
  assert.equal(await text(zones, { format: 'csv', filter: ['name', 'missing'] }), 'name,missing\none,\nzwei,\n');
});

test('text is CloudMonkey’s key = value', async () => {
  assert.equal(
    await text(zones, { format: 'text', filter: ['id', 'note'] }),
    `count = 3\nzone:\nid = 1-a\nnote = say "hi", twice\n${'='.repeat(80)}\nid = 2\nnote = two lines\n`,
  );
  assert.equal(
    await text({ success: true, displaytext: 'fine' }, { format: 'text' }),
    'success = true\ndisplaytext = fine\n',
  );
});

test('column is aligned under headings, what names a thing first', async () => {
  assert.equal(
    await text(
      {
        zone: [
          { x: 1, name: 'longer', id: 'i' },
          { x: 22, name: 's', id: 'ii' },
        ],
      },
      { format: 'column' },
    ),
    'ID   NAME     X\ni    longer   1\nii   s        22\n',
  );
});

test('yaml quotes what could be read as something else', async () => {
  assert.equal(
    await text(
      {
        count: 2,
        zone: [{ id: '1', name: 'one two', on: 'no', deep: { list: [1, [2, 'x']], none: [], 'a:b': null } }, 'bare'],
        empty: {},
      },
      { format: 'yaml' },
    ),
    `count: 2
zone:
  - id: "1"
    name: one two
    "on": "no"
    deep:
      list:
        - 1
        - - 2
          - x
      none: []
      "a:b": null
  - bare
empty: {}
`,
  );
});

test('a table for a program is whole', async () => {
  assert.equal(
    await text({ count: 1, zone: [{ name: 'one', id: '1', tags: [{ key: 'k' }] }] }, { format: 'table' }),
    `┌────┬──────┬───────────────┐
│ id │ name │ tags          │
├────┼──────┼───────────────┤
│ 1  │ one  │ [{"key":"k"}] │
└────┴──────┴───────────────┘
`,
  );
  assert.equal(await text({}, { format: 'table' }), '');
});

test('a table for a terminal leaves out what does not fit and says so', async () => {
  const { text: table, note } = await render(zones, { format: 'table', filter: [], columns: 24 });
  assert.equal(
    table,
    `┌─────┬──────┬──────┐
│ id  │ name │ type │
├─────┼──────┼──────┤
│ 1-a │ one  │ Core │
├─────┼──────┼──────┤
│ 2   │ zwei │ Edge │
└─────┴──────┴──────┘
`,
  );
  assert.equal(note, '2 more fields do not fit; filter=id,name,… chooses, -o json shows all');
});

test('fields that were asked for are shortened, never left out', async () => {
  const table = await text(zones, { format: 'table', filter: ['name', 'note'], columns: 24 });
  assert.equal(
    table,
    `┌──────┬───────────────┐
│ name │ note          │
├──────┼───────────────┤
│ one  │ say "hi", tw… │
├──────┼───────────────┤
│ zwei │ two lines     │
└──────┴───────────────┘
`,
  );
});
