import { describe, expect, it } from 'vitest';
import { SECURITY_EVENTS, SecurityEvents } from '../../server/src/security-events.ts';
import { ManualClock } from '../support/manual-clock.ts';

function scene() {
  const clock = new ManualClock();
  const lines: [object, string][] = [];
  const events = new SecurityEvents({ warn: (about, text) => lines.push([about, text]) }, clock);
  const { meter } = events;
  const count = (event: string) => ('label' in meter ? new Map(meter.read()).get(event) : undefined);
  return { clock, lines, events, count };
}

describe('security events', () => {
  it('are lines with a name that stays and what is known', () => {
    const { lines, events } = scene();
    events.report('origin-refused', { address: '192.0.2.1', origin: undefined });
    expect(lines).toEqual([
      [{ event: 'origin-refused', address: '192.0.2.1' }, SECURITY_EVENTS['origin-refused']],
    ]);
  });

  it('are each counted, and written a few in ten seconds; the next line reports how many were not', () => {
    const { clock, lines, events, count } = scene();
    for (let i = 0; i < 100; i++) events.report('host-refused');
    events.report('forbidden');
    expect(lines).toHaveLength(6);
    expect([count('host-refused'), count('forbidden'), count('revoked')]).toEqual([100, 1, 0]);
    clock.advance(10_000);
    events.report('host-refused');
    expect(lines.at(-1)?.[0]).toEqual({ event: 'host-refused', suppressed: 95 });
    clock.set(clock.now() - 3_600_000);
    events.report('host-refused');
    expect(lines).toHaveLength(8);
  });

  it('of one address leave lines to the others', () => {
    const { clock, lines, events } = scene();
    const shown = () => lines.map(([about]) => (about as { address: string }).address);
    for (let i = 0; i < 100; i++) events.report('forbidden', { address: '192.0.2.1' });
    expect(shown()).toEqual(Array.from({ length: 5 }, () => '192.0.2.1'));
    for (const address of ['192.0.2.2', '192.0.2.2', '192.0.2.3', '192.0.2.4'])
      events.report('forbidden', { address });
    expect(shown().slice(5)).toEqual(['192.0.2.2', '192.0.2.3']);
    expect(lines[5]?.[0]).toMatchObject({ suppressed: 95 });
    clock.advance(10_000);
    events.report('forbidden', { address: '192.0.2.1' });
    expect(lines).toHaveLength(8);
  });

  it('that say what to do are written once a minute each, and the next line counts the others', () => {
    const { clock, lines, events, count } = scene();
    const page = (origin: string) =>
      events.report('origin-refused', { origin, remedy: `--origin ${origin}` });
    for (let i = 0; i < 50; i++) {
      page('http://a.example');
      clock.advance(1_000);
    }
    expect(lines).toHaveLength(1);
    page('http://b.example');
    expect(lines.at(-1)?.[0]).toMatchObject({ origin: 'http://b.example', suppressed: 49 });
    clock.advance(10_000);
    page('http://a.example');
    expect(lines).toHaveLength(3);
    expect(count('origin-refused')).toBe(52);
    clock.set(clock.now() - 3_600_000);
    page('http://a.example');
    expect(lines).toHaveLength(3);
    clock.advance(60_000);
    page('http://a.example');
    expect(lines).toHaveLength(4);
  });

  it('of tokens are written for each address, with the same remedy', () => {
    const { lines, events } = scene();
    const refuse = (address: string) =>
      events.report('token-refused', { address, why: 'expired', remedy: 'Fetch a fresh token.' });
    for (const address of ['192.0.2.1', '192.0.2.1', '192.0.2.2']) refuse(address);
    expect(lines.map(([about]) => about)).toMatchObject([
      { address: '192.0.2.1' },
      { address: '192.0.2.2', suppressed: 1 },
    ]);
  });

  it('keep what comes from outside short', () => {
    const { lines, events } = scene();
    events.report('origin-refused', { origin: 'x'.repeat(10_000) });
    expect(JSON.stringify(lines).length).toBeLessThan(500);
  });

  it('hold nothing that a terminal would act on', () => {
    const { lines, events } = scene();
    events.report('origin-refused', { origin: 'a\u001b[31m\n\u009b\u202e\u2028é' });
    expect(lines[0]?.[0]).toMatchObject({ origin: 'a\\u001b[31m\\u000a\\u009b\\u202e\\u2028é' });
  });
});
