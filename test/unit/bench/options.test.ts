import { describe, expect, it } from 'vitest';
import { type Options, readOptions } from '../../../bench/options.ts';
import type { Case, Scenario } from '../../../bench/scenario.ts';

function scenario(name: string, cases: Record<string, readonly string[]>): Scenario {
  const run: Case['run'] = async () => ({ numbers: {} });
  const all = Object.entries(cases).map(([of, contenders]) => ({ name: of, contenders, limitMs: 1, run }));
  return { name, title: `what ${name} asks`, cases: all };
}

const SCENARIOS = [
  scenario('fan-out', { '200 × 1/s': ['zerospan', 'floor'], '9 × 1/s': ['zerospan'] }),
  scenario('idle', { 'many connections': ['zerospan', 'Socket.IO'] }),
];

function options(...args: string[]): Options {
  const reading = readOptions(args, SCENARIOS);
  if (reading.kind !== 'run') throw new Error(`${args.join(' ')} was answered by ${reading.text}`);
  return reading.options;
}

const names = ({ scenarios }: Options): string[] => scenarios.map(({ name }) => name);

describe('the options of the benchmark', () => {
  it('are five rounds of three seconds of everything, beside the peers', () => {
    const { against, contender, rounds, size, isNamed, ...rest } = options();
    expect([against, contender, rounds, isNamed]).toEqual([undefined, undefined, 5, false]);
    expect(size).toEqual({ warmUpMs: 3_000, measureMs: 3_000, short: false });
    expect(rest).toMatchObject({ scenarios: SCENARIOS, case: '', json: undefined, markdown: undefined });
  });

  it('name scenarios with and without --only, which are run in their own order', () => {
    expect(names(options('idle'))).toEqual(['idle']);
    expect(names(options('--only', 'fan-out'))).toEqual(['fan-out']);
    expect(names(options('idle', '--only', 'fan-out'))).toEqual(['fan-out', 'idle']);
    expect(options('idle').isNamed).toBe(true);
    expect(options('--case', '9').isNamed).toBe(true);
  });

  it('take a commit, rounds and seconds', () => {
    const read = options('--against', 'HEAD~3', '--rounds', '7', '--seconds', '0.5', '--json', 'a.json');
    expect(read).toMatchObject({ against: 'HEAD~3', rounds: 7, json: 'a.json' });
    expect(read.size).toEqual({ warmUpMs: 3_000, measureMs: 500, short: false });
  });

  it('take one short round for a quick look, unless more is asked for', () => {
    expect(options('--short')).toMatchObject({ rounds: 1, size: { warmUpMs: 1_000, measureMs: 1_000 } });
    expect(options('--short', '--rounds', '2', '--seconds', '3')).toMatchObject({
      rounds: 2,
      size: { measureMs: 3_000, short: true },
    });
  });

  it.each([
    [['nothing'], 'There is no scenario "nothing"; there are fan-out, idle.'],
    [['--only', 'nothing'], 'There is no scenario "nothing"; there are fan-out, idle.'],
    [['idle', '--case', '200'], 'None of the chosen scenarios has a case named like "200".'],
    [['--contender', 'nobody'], '"nobody" is none of zerospan, floor, Socket.IO.'],
    [['idle', '--contender', 'floor'], '"floor" is none of zerospan, Socket.IO.'],
    [['--against', 'HEAD', '--contender', 'zerospan'], 'leave --contender out'],
    [['--rounds', '0'], '--rounds takes a number from 1, not "0".'],
    [['--rounds', '1.5'], '--rounds takes a whole number.'],
    [['--rounds', 'many'], '--rounds takes a number from 1, not "many".'],
    [['--seconds', ''], '--seconds takes a number from 0.1, not "".'],
    [['--seconds', 'Infinity'], '--seconds takes a number from 0.1, not "Infinity".'],
    [['--seconds=-1'], '--seconds takes a number from 0.1, not "-1".'],
    [['--against'], '--against'],
    [['--frobnicate'], '--frobnicate'],
  ])('%j is a mistake, and help is named', (args, text) => {
    const reading = readOptions(args, SCENARIOS);
    expect(reading).toEqual({ kind: 'mistake', text: expect.stringContaining(text) });
    expect(reading).toEqual({ kind: 'mistake', text: expect.stringContaining('--help') });
  });

  it('are all in the help, and so are the scenarios', () => {
    const reading = readOptions(['--help', '--short'], SCENARIOS);
    expect(reading.kind).toBe('help');
    const text = reading.kind === 'help' ? reading.text : '';
    const flags = [
      'against',
      'only',
      'case',
      'contender',
      'rounds',
      'seconds',
      'short',
      'json',
      'markdown',
      'help',
    ];
    for (const flag of flags) expect(text).toContain(`--${flag}`);
    for (const { name, title } of SCENARIOS) expect(text).toMatch(new RegExp(`^ {2}${name} +${title}$`, 'm'));
  });
});
