import { channelFault, isReserved, LIMITS, quote } from '@zerospan/shared';
import { authority, busUrl } from '../connection/connect.ts';
import { channelsOf, STAMPED_LEAST_BYTES } from '../load/index.ts';
import { EXIT, Failure } from '../terminal/failure.ts';

export interface BenchOptions {
  readonly url: string;
  readonly publishers: number;
  /** 0: only puts are measured. */
  readonly subscribers: number;
  /**
   * 0: the one channel with just this name; otherwise the number of channels below it, over which the subscribers are
   * spread in turn.
   */
  readonly channels: number;
  readonly channel: string;
  readonly payloadBytes: number;
  /** Messages a second of all publishers together; 0: as fast as answers come. */
  readonly rate: number;
  readonly durationMs: number;
  /** 0: none. */
  readonly warmUpMs: number;
  /** Publishers publish over ZeroMQ, to this address. */
  readonly ingress?: string;
  /** File with the token to come in with. */
  readonly tokenFile?: string;
  /** File with the authority of the server's certificate, in PEM. */
  readonly ca?: string;
  readonly json?: boolean;
}

/** What is going to be done: options that were found to be good. */
export interface BenchPlan extends Omit<BenchOptions, 'channels' | 'ca'> {
  /** As a WebSocket address. */
  readonly url: string;
  readonly channels: readonly string[];
  /** What publishers and subscribers come in with, where a token is needed. */
  readonly token?: string | undefined;
  /** The authority of the server's certificate, in PEM. */
  readonly ca?: Buffer | undefined;
}

/** Upper bounds of the options. */
export const BENCH_MOST = { publishers: 1_000, subscribers: 20_000, channels: 100_000, rate: 1_000_000 };

/** Files that a process has open anyway, generously. */
const OWN_FILES = 60;

/** What one run would do. @throws Failure with exit code 2 that names the option */
export function planOf({ channels: count, ca, ...options }: BenchOptions): BenchPlan {
  const { publishers, subscribers, payloadBytes, rate, ingress, channel } = options;
  for (const [name, value] of Object.entries({ publishers, subscribers, channels: count, rate }))
    within(name, value, 0, BENCH_MOST[name as keyof typeof BENCH_MOST]);
  within('payload-bytes', payloadBytes, STAMPED_LEAST_BYTES, LIMITS.payloadBytes);
  const channels = channelsOf(channel, count);
  // The last name is a longest one.
  const fault = channelFault(channels.at(-1));
  if (fault) throw new Failure(EXIT.usage, `--channel: ${fault}`);
  if (isReserved(channel))
    throw new Failure(
      EXIT.usage,
      `--channel: ${quote(channel)} begins with $, which is the server's own`,
      'Name another one.',
    );
  if (ingress !== undefined && rate === 0)
    throw new Failure(
      EXIT.usage,
      '--rate 0 goes by the answers to puts, and over ZeroMQ there are none',
      'Give a rate with --ingress.',
    );
  if (ingress !== undefined && subscribers === 0)
    throw new Failure(
      EXIT.usage,
      'with --ingress there is nothing to measure without subscribers',
      'Give --subscribers 1 or more.',
    );
  return { ...options, url: busUrl(options.url), channels, ca: authority(ca) };
}

/** @throws Failure when the system's limit of open files is below what the plan needs */
export function checkOpenFiles({ publishers, subscribers }: BenchPlan, limit = openFilesLimit()): void {
  const needed = publishers + subscribers + OWN_FILES;
  if (needed > limit)
    throw new Failure(
      EXIT.failed,
      `${subscribers} subscribers and ${publishers} publishers need about ${needed} open files, and this process may have ${limit}`,
      `Raise the limit in this shell, "ulimit -n ${needed}", or take fewer subscribers. The server needs as many.`,
    );
}

/** How many subscribers each channel has. */
export function subscribersOf({ channels, subscribers }: BenchPlan): Map<string, number> {
  const each = Math.floor(subscribers / channels.length);
  const more = subscribers % channels.length;
  return new Map(channels.map((channel, i) => [channel, each + (i < more ? 1 : 0)]));
}

function within(option: string, value: number, least: number, most: number): void {
  if (value < least || value > most)
    throw new Failure(
      EXIT.usage,
      `--${option}: expected a whole number from ${least} to ${most}, got ${value}`,
    );
}

/**
 * What `ulimit -n` says: Node raises the soft limit to the hard one as it starts. Infinity where there is none, or none
 * is known.
 */
function openFilesLimit(): number {
  const { userLimits } = process.report.getReport() as {
    userLimits?: { open_files?: { soft: number | string } };
  };
  const limit = Number(userLimits?.open_files?.soft);
  return limit > 0 ? limit : Number.POSITIVE_INFINITY;
}
