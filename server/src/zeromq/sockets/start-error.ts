/** What could not be opened: a setting's name, its value, and where the operator finds a remedy. */
export interface StartFault {
  /** Name of the setting, such as `bus.address`. */
  readonly setting: string;
  readonly address: string;
  /** What went wrong, as the end of a sentence. */
  readonly reason: string;
  readonly remedy: string;
  readonly cause?: unknown;
  /** The settings are wrong in themselves, and not this machine's state. Default: false. */
  readonly isMisset?: boolean;
}

/**
 * The server cannot start with these settings on this machine. The message is one sentence; `remedy` says what to do.
 * `exitCode` is 2 where the settings have to be changed, else 1: who starts servers may try again then.
 */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly exitCode: 1 | 2;
  readonly setting: string;
  readonly address: string;
  readonly remedy: string;

  constructor({ setting, address, reason, remedy, cause, isMisset = false }: StartFault) {
    super(`${setting} ${address}: ${reason}`, cause === undefined ? undefined : { cause });
    this.exitCode = isMisset ? 2 : 1;
    this.setting = setting;
    this.address = address;
    this.remedy = remedy;
  }
}

type Words = readonly [reason: string, remedy: string];

/** All addresses at once, and the folder of the log: otherwise the next start fails at the next of them. */
const SECOND_SERVER =
  '"serve --port 8081 --bus-address tcp://127.0.0.1:5565 --bus-ingress tcp://127.0.0.1:5566 --log-directory .second".';

/** What libzmq's error codes mean where a socket binds or connects. */
const WORDS: Readonly<Record<string, Words>> = {
  EADDRINUSE: [
    'the address is in use',
    'Stop the program that holds it, or set another address; port * takes any free one. A second server on this ' +
      `machine: ${SECOND_SERVER}`,
  ],
  EADDRNOTAVAIL: [
    'this machine does not have that IP address',
    'Use an address of this machine, 127.0.0.1, or 0.0.0.0 for all.',
  ],
  ENODEV: [
    'the host cannot be found among the addresses of this machine',
    'Use an IP address of this machine instead of a name.',
  ],
  ENOENT: ['the folder of the socket file does not exist', 'Create the folder first, or set another path.'],
  EACCES: ['this user may not open it', 'Use a port from 1024 on, or a folder that this user may write to.'],
  EINVAL: ['the address cannot be read', 'Write tcp://HOST:PORT or ipc://PATH.'],
  EPROTONOSUPPORT: ['the transport is not supported', 'Write tcp://HOST:PORT or ipc://PATH.'],
  ENAMETOOLONG: ['the path is too long for a socket file', 'Set a path of at most 107 bytes.'],
  EMFILE: ['no more files may be opened', 'Raise the limit of open files (ulimit -n).'],
};

/** The original's Publisher binds the default of `bus.address` itself: then the server moves and connects to it. */
const BUS_ADDRESS_IN_USE =
  'If a publisher of your own binds it, start with "serve --bus-address tcp://127.0.0.1:5557 --bus-source tcp://127.0.0.1:5555" ' +
  'and set the ZeroMQ subscribers to tcp://127.0.0.1:5557. If it is another Zerospan server, stop it, or start this ' +
  `one beside it: ${SECOND_SERVER}`;

/** Turns what a socket threw into words that name the setting, the address and the remedy. */
export function startError(setting: string, address: string, cause: unknown): StartError {
  const { code, message } = cause as Partial<{ code: string; message: string }>;
  const [reason, remedy]: Words = WORDS[code ?? ''] ?? [
    `ZeroMQ refuses it: ${message ?? String(cause)}`,
    'Set another address, such as tcp://127.0.0.1:*.',
  ];
  const own = setting === 'bus.address' && code === 'EADDRINUSE';
  return new StartError({ setting, address, reason, remedy: own ? BUS_ADDRESS_IN_USE : remedy, cause });
}
