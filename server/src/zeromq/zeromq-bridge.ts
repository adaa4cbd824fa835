import { CHANNEL_MAX_BYTES, type Clock } from '@zerospan/shared';
import { Context } from 'zeromq';
import type { Entry } from '../core/log/log.ts';
import type { Settings } from '../settings/settings.ts';
import { LoopGuard } from './bridge/loop-guard.ts';
import { Origins } from './bridge/origins.ts';
import { Curve } from './curve/curve.ts';
import { Egress } from './egress/egress.ts';
import { Ingress } from './ingress/ingress.ts';
import type { SourceSharing } from './ingress/source-leases.ts';
import type { Intake, Logger } from './ports.ts';
import type { Excess } from './sockets/excesses.ts';
import { StartError } from './sockets/start-error.ts';

/** How long what waits for native subscribers is still sent after closing, in ms. */
export const LINGER_MS = 500;

export interface ZeroMqBridgeOptions {
  readonly settings: Settings['bus'];
  /** Limit of nested arrays and objects in a payload. */
  readonly depth: number;
  /** Largest payload that clients may put, in bytes. */
  readonly payloadBytes: number;
  readonly intake: Intake;
  readonly logger: Logger;
  readonly clock: Clock;
  /** How nodes of one bus share `bus.sources`; undefined: this server reads them all. */
  readonly sharing?: SourceSharing | undefined;
}

/** The ZeroMQ side of the server: what is bound and connected, opened and closed as one. */
export class ZeroMqBridge {
  readonly egress: Egress;
  /** The bound ingress, unless it is turned off, then the sources in the order of the settings. */
  readonly ingresses: readonly Ingress[];
  readonly curve: Curve;
  readonly #guard: LoopGuard;

  /**
   * Opens all sockets. When the promise resolves, they are bound and being read: only then say ready.
   * @throws StartError naming the setting and the remedy; nothing stays open then
   */
  static async open(options: ZeroMqBridgeOptions): Promise<ZeroMqBridge> {
    const { settings, depth, intake, logger, clock, sharing } = options;
    const { maxPayloadBytes, highWaterMark, waitingBytes, topicBytes, framing, republish } = settings;
    // A context of its own that does not wait at the end of the process for peers that are frozen.
    const context = new Context({ blocky: false });
    const guard = new LoopGuard({ clock });
    const curve = new Curve({ context, settings, logger, clock });
    let egress: Egress;
    try {
      const { address } = settings;
      egress = Egress.open({
        context,
        address,
        framing,
        highWaterMark,
        waitingBytes,
        topicBytes,
        largestBytes: Math.max(options.payloadBytes, maxPayloadBytes) + CHANNEL_MAX_BYTES + 1,
        guard,
        curve,
        logger,
        clock,
      });
    } catch (error) {
      await curve.close();
      throw error;
    }
    const ingresses: Ingress[] = [];
    const native = new ZeroMqBridge(egress, ingresses, guard, curve);
    try {
      const common = {
        context,
        intake,
        guard,
        origins: new Origins(guard.nonce),
        curve,
        maxPayloadBytes,
        depth,
        highWaterMark,
        waitingBytes,
        republish,
        logger,
        clock,
      };
      if (settings.ingress !== 'none') {
        ingresses.push(Ingress.open({ ...common, role: 'bind', address: settings.ingress }));
      }
      for (const address of new Set(settings.sources)) {
        if (address === egress.address) throw sourcesItself(address);
        ingresses.push(Ingress.open({ ...common, role: 'connect', address, sharing }));
      }
    } catch (error) {
      await native.close(0);
      throw error;
    }
    return native;
  }

  private constructor(egress: Egress, ingresses: readonly Ingress[], guard: LoopGuard, curve: Curve) {
    this.egress = egress;
    this.ingresses = ingresses;
    this.#guard = guard;
    this.curve = curve;
  }

  /** Where native subscribers connect. */
  get busAddress(): string {
    return this.egress.address;
  }

  /** Where native publishers connect; null when it is turned off. */
  get busIngress(): string | null {
    return this.ingresses.find(({ role }) => role === 'bind')?.address ?? null;
  }

  /** The native publishers that are connected to. */
  get busSources(): string[] {
    return this.ingresses.filter(({ role }) => role === 'connect').map(({ address }) => address);
  }

  /**
   * Addresses from which this server hears itself without origins, so that what comes from there is not republished.
   */
  get loops(): string[] {
    return this.ingresses.filter(({ looped }) => looped).map(({ address }) => address);
  }

  /** What native peers exceeded lately, so that connections were ended. */
  get excesses(): Excess[] {
    return [...new Set([this.egress, ...this.ingresses].flatMap(({ excesses }) => excesses.recent))];
  }

  nativeSubscriptions(channel: string): number {
    return this.egress.nativeSubscriptions(channel);
  }

  send(entry: Entry): void {
    this.egress.send(entry);
  }

  /** The log is another one from now on: what is said in it of sources is to be said again. */
  claimAgain(): void {
    for (const { shared } of this.ingresses) shared?.claimAgain();
  }

  /** Takes nothing more in; resolves when the log has answered for everything that came in before. */
  async stopTaking(): Promise<void> {
    await Promise.all(this.ingresses.map((ingress) => ingress.close()));
  }

  /** Closes all sockets in this very turn, and drops what waits for peers. Where nothing can be waited for any more. */
  abandon(): void {
    this.#guard.close();
    for (const ingress of this.ingresses) {
      void ingress.close();
      ingress.peers.abandon();
    }
    void this.egress.close(0);
    this.egress.peers.abandon();
    void this.curve.close();
  }

  /**
   * Closes everything: first the ways in, then, when what came in is in the log and out again, the way out.
   * @param deadlineMs the log is waited for at most this long, and what waits for peers lingers for what is left of it,
   * at most {@link LINGER_MS}; 0 drops it at once
   */
  async close(deadlineMs: number): Promise<void> {
    const endMs = performance.now() + deadlineMs;
    this.#guard.close();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, deadlineMs);
    });
    await Promise.race([this.stopTaking(), late]);
    clearTimeout(timer);
    await this.egress.close(Math.max(0, Math.min(LINGER_MS, Math.floor(endMs - performance.now()))));
    await this.curve.close();
  }
}

function sourcesItself(address: string): StartError {
  return new StartError({
    setting: 'bus.sources',
    address,
    reason: "this is the server's own bus.address; it would hear every publication a second time",
    remedy: 'Take it out of bus.sources, or bind another bus.address.',
    isMisset: true,
  });
}
