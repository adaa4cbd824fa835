import type { Clock } from '@zerospan/shared';
import { type Context, capability } from 'zeromq';
import { LogThrottle } from '../../log-throttle.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Logger } from '../ports.ts';
import type { Security } from '../sockets/options.ts';
import { StartError } from '../sockets/start-error.ts';
import { type KeyPair, readKeyFile } from './key-file.ts';
import { ListedKeys } from './listed-keys.ts';
import { encodeZ85 } from './z85.ts';
import { type Verdict, Zap } from './zap.ts';

/** Why a peer was rejected. */
export const REFUSALS = [
  /** The key is not in `bus.curveClients`. */
  'unlisted',
  /** `bus.curveClients` cannot be read any more; a peer that connects tries again later. */
  'list-unreadable',
  /** No key at all, the key of another server, or not ZeroMQ. */
  'handshake',
] as const;

export type CurveRefusal = (typeof REFUSALS)[number];

export interface CurveOptions {
  readonly context: Context;
  readonly settings: Pick<Settings['bus'], 'curveKey' | 'curveClients' | 'sources' | 'sourceKeys'>;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Whether libzmq was built with CURVE. */
  readonly isThere?: boolean;
}

/** Stands in `bus.sourceKeys` for a source without CURVE. */
const PLAIN = 'none';

/**
 * Encryption of the ZeroMQ side, and who may come in. Without `bus.curveKey` there is none of it, and `bound` and
 * `source` are empty.
 */
export class Curve {
  /** For each socket that is bound. */
  readonly bound: Security;
  readonly refused: Record<CurveRefusal, number> = { unlisted: 0, 'list-unreadable': 0, handshake: 0 };
  readonly #options: CurveOptions;
  readonly #own: KeyPair | undefined;
  readonly #listed: ListedKeys | undefined;
  readonly #zap: Zap | undefined;
  readonly #throttle: LogThrottle;

  /**
   * Opens it before any socket that it is for.
   * @throws StartError when the settings cannot be kept to: nothing is open without CURVE that was meant to have it
   */
  constructor(options: CurveOptions) {
    const { context, settings, clock, logger, isThere = capability.curve === true } = options;
    this.#options = options;
    this.#throttle = LogThrottle.ofKinds(clock);
    check(settings, isThere);
    if (settings.curveKey === '') {
      this.bound = {};
      return;
    }
    this.#own = readKeyFile(settings.curveKey);
    this.#listed = new ListedKeys(settings.curveClients);
    this.bound = {
      curveServer: true,
      curveSecretKey: this.#own.secretKey,
      zapDomain: 'zerospan',
      // Otherwise libzmq admits everybody when nobody answers.
      zapEnforceDomain: true,
    };
    this.#zap = new Zap({
      context,
      judge: (key, from) => this.#judge(encodeZ85(key), from),
      failed: (error) =>
        logger.error(
          { err: error },
          'the keys of ZeroMQ clients cannot be verified: no new client is admitted',
        ),
    });
    logger.info(
      { publicKey: this.#own.publicKey },
      'ZeroMQ clients need a listed key, and this key of the server',
    );
  }

  /** For the socket that connects to a source. */
  source(address: string): Security {
    const { sources, sourceKeys } = this.#options.settings;
    const curveServerKey = sourceKeys[sources.indexOf(address)] ?? PLAIN;
    if (curveServerKey === PLAIN || !this.#own) return {};
    const { publicKey: curvePublicKey, secretKey: curveSecretKey } = this.#own;
    return { curveServerKey, curvePublicKey, curveSecretKey };
  }

  /** A handshake at a bound socket failed; a peer whose key was judged has been reported already. */
  failedHandshake(address: string, why: 'key' | 'no-key'): void {
    if (!this.#own || why === 'key') return;
    this.#refuse('handshake', { address }, 'a ZeroMQ peer without CURVE, or with the key of another server');
  }

  /** A source did not come to a handshake with this server. ZeroMQ does not try again where its key was refused. */
  refusedBySource(address: string): void {
    if (this.#throttle.due(address) === undefined) return;
    this.#options.logger.warn(
      { event: 'curve-source-failed', address },
      'no handshake with a source: its list lacks the key of this server (restart when it has it), bus.sourceKeys has ' +
        'another key than it, or one of the two has no CURVE',
    );
  }

  /** Close it after all sockets that it is for. */
  async close(): Promise<void> {
    await this.#zap?.close();
  }

  #judge(publicKey: string, from: string): Verdict {
    try {
      if (this.#listed?.has(publicKey)) return 'yes';
    } catch (error) {
      this.#refuse(
        'list-unreadable',
        { from, err: error },
        'bus.curveClients cannot be read: a ZeroMQ client',
      );
      return 'later';
    }
    // By this name: what is called a key is hidden in the log, and this is what an operator puts into the list.
    this.#refuse('unlisted', { from, publicKey }, 'a ZeroMQ client whose key is not in bus.curveClients');
    return 'no';
  }

  #refuse(reason: CurveRefusal, about: object, who: string): void {
    this.refused[reason]++;
    if (this.#throttle.due(reason) === undefined) return;
    const refused = this.refused[reason];
    this.#options.logger.warn({ event: 'curve-refused', reason, refused, ...about }, `${who} was rejected`);
  }
}

function check(
  { curveKey, curveClients, sources, sourceKeys }: CurveOptions['settings'],
  isThere: boolean,
): void {
  const fault = (setting: string, address: string, reason: string, remedy: string) =>
    new StartError({ setting, address, reason, remedy, isMisset: true });
  if (sourceKeys.length > 0 && sourceKeys.length !== sources.length)
    throw fault(
      'bus.sourceKeys',
      `(${sourceKeys.length})`,
      `there are ${sources.length} sources`,
      `Give a key for each of bus.sources in their order; ${PLAIN} for one without CURVE.`,
    );
  const needsOwn = curveClients !== '' || sourceKeys.some((key) => key !== PLAIN);
  if (curveKey === '' && !needsOwn) return;
  if (curveKey === '')
    throw fault(
      'bus.curveKey',
      'is not set',
      "the other settings of CURVE need this server's own key",
      'Make one with "zerospan curve FILE", and name the file.',
    );
  if (curveClients === '')
    throw fault(
      'bus.curveClients',
      'is not set',
      'with bus.curveKey alone no client could be admitted',
      'Name a file with the public keys of the clients, one a line; it may be empty.',
    );
  if (!isThere)
    throw fault(
      'bus.curveKey',
      curveKey,
      'this build of ZeroMQ has no CURVE',
      'Use the build that the package zeromq brings, or unset the settings of CURVE and stay on loopback.',
    );
}
