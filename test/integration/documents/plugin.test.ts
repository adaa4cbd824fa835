import { Bus } from '@zerospan/client';
import { expect, it, onTestFinished } from 'vitest';
import { SHELL_TEST_MS, Shell } from '../../support/shell.ts';
import { snippet } from '../../support/snippets.ts';
import { until } from '../../support/until.ts';

const PLUGIN = 'docs/plugin.md';

/** A bus that ends with its test. */
function bus(shell: Shell, options?: ConstructorParameters<typeof Bus>[1]): Bus {
  const each = new Bus(shell.own('ws://127.0.0.1:3000/live/bus'), options);
  onTestFinished(() => each.close({ timeoutMs: 0 }));
  return each;
}

it('runs the plugin in an application, below its prefix', { timeout: SHELL_TEST_MS }, async () => {
  const shell = await Shell.open();
  const url = shell.own('http://127.0.0.1:3000');
  const application = shell.startNode(snippet(PLUGIN, 'js', 'The Fastify plugin'));
  await until('the application', () => answers(`${url}/`)).catch(() => application.says('a page'));
  expect(await (await fetch(`${url}/`)).text()).toBe('a page of my own');
  expect(await (await fetch(`${url}/live/health/ready`)).json()).toEqual({ ready: true });
  expect(await (await fetch(`${url}/live/metrics`)).text()).toContain('zerospan_sessions');
  expect((await fetch(`${url}/live/openapi.json`)).status).toBe(200);
  expect((await fetch(`${url}/live/v1/history?all`)).status).toBe(200);
  expect((await bus(shell).put('room1', 'hello')).channels).toHaveLength(1);
});

it('runs the application that authenticates its own users', { timeout: SHELL_TEST_MS }, async () => {
  const shell = await Shell.open();
  const users = `
    import Fastify from 'fastify';
    const app = Fastify();
    const userOf = async (token) => (token === 'good' ? { name: 'alice', sessionEndsMs: undefined } : undefined);`;
  const registered = snippet(PLUGIN, 'js', 'Authenticating your own users').replace(
    'app.register(zerospan, {',
    "app.register(zerospan, { prefix: '/live', bus: { address: 'tcp://127.0.0.1:5557', ingress: 'none' },",
  );
  const application = shell.startNode(`${users}\n${registered}\nawait app.listen({ port: 3000 });`);
  const url = shell.own('http://127.0.0.1:3000/live/health/ready');
  await until('the application', () => answers(url)).catch(() => application.says('ready'));
  expect((await bus(shell, { token: () => 'good' }).put('vote.a', 1)).channels).toHaveLength(1);
  const stranger = bus(shell, { token: () => 'bad' });
  stranger.on('error', () => undefined);
  await expect(stranger.put('vote.a', 1)).rejects.toMatchObject({ code: 'unauthorized' });
});

it("runs what the server package's README shows of the plugin", { timeout: SHELL_TEST_MS }, async () => {
  const shell = await Shell.open();
  const program = snippet('server/README.md', 'js', '@zerospan/server').replace(
    "prefix: '/live'",
    "prefix: '/live', bus: { address: 'tcp://127.0.0.1:5557', ingress: 'none' }",
  );
  const application = shell.startNode(program);
  const url = shell.own('http://127.0.0.1:3000/live/health/live');
  await until('the application', () => answers(url)).catch(() => application.says('live'));
});

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}
