import { readSettings } from '@zerospan/server/settings';
import { type RunningServer, type StderrLog, startServer, stderrLog } from '@zerospan/server/standalone';
import { DEFAULT_URL } from '../connection/defaults.ts';
import { EXIT, Failure, printFailure, redactionOf } from '../terminal/failure.ts';
import { momentText } from '../terminal/moment.ts';
import { count, styled, type Terminal, untilSignalled, writeData } from '../terminal/terminal.ts';
import { settingsFile } from './settings-file.ts';

export interface ServeOptions {
  /** A settings file. */
  readonly config?: string;
  /** One line of JSON on stdout when it is ready, and nothing else. */
  readonly json?: boolean;
  /** Begins a new epoch of the log on disk, at this start alone. */
  readonly logNewEpoch?: boolean;
  /** By the path of their setting. */
  readonly flags: ReadonlyMap<string, string | readonly string[] | boolean>;
}

/** Runs a server until a signal stops it, or its log on disk fails. */
export async function serve(
  { config, json, logNewEpoch: isNewEpoch, flags }: ServeOptions,
  terminal: Terminal,
): Promise<number> {
  const file = config === undefined ? undefined : await settingsFile(config);
  const { settings, given } = readSettings({ file, env: terminal.env, flags, opener: 'serve' });
  if (isNewEpoch && settings.log.kind !== 'disk') throw new Failure(EXIT.usage, ...NO_EPOCH);
  const redaction = redactionOf(terminal.env);
  const secrets = { env: terminal.env, hide: (secret: Uint8Array) => redaction.hide(secret) };
  const onFatal = (error: Error): void => {
    printFailure(terminal, error);
    // Not after a drain: nothing that would be answered now is known to be true.
    if (terminal.exit) terminal.exit(EXIT.failed);
    else process.exit(EXIT.failed);
  };
  const log = serverLog(terminal, redaction);
  const server = await startServer(settings, { ...log, secrets, given, isNewEpoch, onFatal });
  const { reload } = server;
  // Where there is nothing to read again, a hangup means what it does for any program: its terminal is gone.
  if (reload) terminal.hangups?.add(reload);
  try {
    await writeData(terminal, json ? JSON.stringify(readyLine(server)) : banner(server, terminal));
    await untilSignalled(terminal);
  } finally {
    if (reload) terminal.hangups?.delete(reload);
    await server.stop();
  }
  return EXIT.ok;
}

const NO_EPOCH = [
  '--log-new-epoch is of a log on disk: one in memory begins a new epoch at every start',
  'Leave it out, or keep the log on disk: --log disk.',
] as const;

/** What `serve --json` prints. */
export function readyLine({
  url,
  addresses,
  ws,
  busAddress,
  busIngress,
  busSources,
  epoch,
  log,
}: RunningServer): object {
  return {
    ready: true,
    pid: process.pid,
    url,
    addresses,
    ws,
    busAddress,
    busIngress,
    busSources,
    epoch,
    log,
  };
}

/** For FILE of the line above it. */
const MAKE_A_TOKEN = [
  '       Every client needs a token. Create one, in a file that only you may read, by',
  '       (umask 077; npx zerospan token create --subject alice --put room1 --key KEYFILE > FILE)',
];

export function banner(
  { url, addresses, ws, busAddress, busIngress, busSources, log, requiresToken }: RunningServer,
  { stdout, env }: Terminal,
): string {
  const rows = [
    addresses[0] === new URL(url).host ? ['Page', url] : ['Page', url, `bound to ${addresses.join(' and ')}`],
    ['WebSocket', ws],
    ['ZeroMQ out', busAddress, 'SUB sockets connect here'],
    ['ZeroMQ in', busIngress ?? 'none', busIngress === null ? 'turned off' : 'PUB sockets connect here'],
    ...busSources.map((source) => ['ZeroMQ in', source, 'connected to the PUB socket there']),
    ['Log', log.directory ?? (log.kind === 'jetstream' ? 'on JetStream' : 'in memory'), logText(log)],
  ] as const;
  const width = Math.max(...rows.map(([, address]) => address.length));
  const lines = rows.map(
    ([name, address, note]) =>
      `  ${styled('bold', name.padEnd(11), stdout, env)} ${note ? `${address.padEnd(width)}  ${styled('dim', note, stdout, env)}` : address}`,
  );
  const where = ws === DEFAULT_URL ? '' : `--url ${ws} `;
  const put = `  Try  npx zerospan put ${where}room1 '"hello"'`;
  const hints = requiresToken ? [`${put} --token-file FILE`, ...MAKE_A_TOKEN] : [put];
  return ['Zerospan is ready.', '', ...lines, '', ...hints].join('\n');
}

/** How much of the log is there already, and how far back: `12,345 entries, back to 14:02`. */
function logText({ kind, directory, entries, oldestTime }: RunningServer['log']): string {
  if (kind === 'jetstream') return 'in the stream of nats.stream';
  if (directory === null) return 'a restart begins a new one';
  if (oldestTime === null) return 'nothing in it yet';
  const words = count(entries, 'entry', 'entries').replace(/^\d+/, entries.toLocaleString('en'));
  return `${words}, back to ${momentText(oldestTime, Date.now())}`;
}

/** The log of a server that a command runs. */
export function serverLog(
  { stderr, env }: Pick<Terminal, 'stderr' | 'env'>,
  redaction = redactionOf(env),
): StderrLog {
  return stderrLog({ stderr, env, redaction });
}
