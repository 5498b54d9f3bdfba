// A bench starts minutes of work: what it was asked for is right before anything runs, and a mistake says what is accepted.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readBenchOptions } from './options.ts';
import { newTable } from './table.ts';

const usage = {
  command: 'npm run bench:x',
  options: {
    hosts: { kind: 'number', default: 300, means: 'hosts of the region' },
    data: { kind: 'text', means: 'a folder that is kept' },
    part: { kind: 'choice', of: ['all', 'idle'], default: 'all', means: 'what is measured' },
    without: { kind: 'some', of: ['kill', 'cut'], default: '', means: 'what is left out' },
    sizes: { kind: 'numbers', from: 1, to: 16, default: '1,2', means: 'one after the other' },
    full: { kind: 'flag', means: 'the largest size too' },
  },
} as const;

test('what is not given has its default, what is given its type', () => {
  assert.deepEqual(readBenchOptions(usage, []), {
    values: { hosts: 300, data: undefined, part: 'all', without: [], sizes: [1, 2], full: false },
  });
  assert.deepEqual(
    readBenchOptions(usage, [
      '--hosts',
      '7',
      '--data',
      '/tmp/x',
      '--part',
      'idle',
      '--full',
      '--without',
      'cut',
      '--sizes',
      '4',
    ]),
    {
      values: { hosts: 7, data: '/tmp/x', part: 'idle', without: ['cut'], sizes: [4], full: true },
    },
  );
});

test('a mistake is one line and the usage, and ends with 2', () => {
  for (const [argv, line] of [
    [['--host', '3'], "Unknown option '--host'"],
    [['3'], "Unexpected argument '3'"],
    [['--hosts', 'many'], "--hosts is 'many'; a number is accepted, for instance 300"],
    [['--hosts', ''], "--hosts is ''; a number is accepted, for instance 300"],
    [['--part', 'some'], "--part is 'some'; all, idle are accepted"],
    [['--without', 'cut,x'], "--without is 'cut,x'; of kill, cut are accepted, with commas between them"],
    [['--sizes', 'abc'], "--sizes is 'abc'; numbers from 1 to 16 are accepted, with commas between them"],
  ] as const) {
    const read = readBenchOptions(usage, argv);
    assert.ok('say' in read);
    assert.equal(read.exit, 2);
    const [first, blank, title] = read.say.split('\n');
    assert.deepEqual([first, blank, title], [line, '', 'npm run bench:x -- [options]']);
  }
});

test('--help tells every option with what it is without', () => {
  const read = readBenchOptions(usage, ['--help', '--full']);
  assert.ok('say' in read);
  assert.equal(read.exit, 0);
  assert.match(read.say, /--hosts N +hosts of the region \(default 300\)/);
  assert.match(read.say, /--part all\|idle +what is measured \(default all\)/);
  assert.match(read.say, /--data TEXT +a folder that is kept$/m);
  assert.match(read.say, /--full +the largest size too$/m);
});

test('a table has no colours where nobody looks', () => {
  const table = newTable(['a'], false);
  table.push(['1']);
  assert.equal(table.toString().includes('\u001B'), false);
});
