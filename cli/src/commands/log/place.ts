import { readSettings, type Settings } from '@zerospan/server/settings';
import { EXIT, Failure } from '../../terminal/failure.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import { settingsFile } from '../settings-file.ts';

/** Where a log is. */
export type LogPlace =
  | { readonly kind: 'folder'; readonly directory: string }
  | { readonly kind: 'stream'; readonly settings: Settings };

/** What names a log: a folder, or settings of a server. */
export interface NamedLog {
  readonly directory: string | undefined;
  /** A settings file. */
  readonly config: string | undefined;
  /** By the path of their setting. */
  readonly flags: ReadonlyMap<string, string | readonly string[] | boolean>;
}

const NAME_ONE =
  'Name the folder of a log on disk, .zerospan by default, or the NATS servers of one on JetStream: ' +
  '--nats nats://127.0.0.1:4222.';

/** @throws Failure where both or neither are named; SettingsError */
export async function placeOf(
  { directory, config, flags }: NamedLog,
  { env }: Pick<Terminal, 'env'>,
): Promise<LogPlace> {
  const hasSettings = config !== undefined || flags.size > 0;
  if (directory !== undefined) {
    if (hasSettings)
      throw new Failure(EXIT.usage, 'a log is in a folder or in a stream, not in both', NAME_ONE);
    return { kind: 'folder', directory };
  }
  const file = config === undefined ? undefined : await settingsFile(config);
  const all = new Map([...flags, ['log.kind', 'jetstream'] as const]);
  const { settings, given } = readSettings({ file, env, flags: all, opener: 'serve' });
  const isNamed = given.has('nats.servers') || env.ZEROSPAN_LOG_KIND === 'jetstream';
  if (!hasSettings && !isNamed) throw new Failure(EXIT.usage, 'no log is named', NAME_ONE);
  return { kind: 'stream', settings };
}
