import { writeFile } from 'node:fs/promises';
import { capability, curveKeyPair } from 'zeromq';
import { EXIT, Failure } from '../terminal/failure.ts';
import { say, type Terminal, writeData } from '../terminal/terminal.ts';

/**
 * Makes a key pair of CURVE in a file that only its owner may read, and prints the public key. Never writes over a
 * file.
 */
export async function curve(file: string, terminal: Terminal): Promise<number> {
  if (!capability.curve)
    throw new Failure(
      EXIT.failed,
      'this build of ZeroMQ has no CURVE',
      'Use the build that the package zeromq brings.',
    );
  const { publicKey, secretKey } = curveKeyPair();
  try {
    await writeFile(file, certificate(publicKey, secretKey), { flag: 'wx', mode: 0o600 });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new Failure(
      EXIT.failed,
      code === 'EEXIST' ? `${file} is there already` : `${file} cannot be written: ${message}`,
      'Name a file that is not there yet, in a folder that you may write to.',
    );
  }
  say(terminal, `${file} holds the secret key: keep it to yourself. The public key is:`);
  await writeData(terminal, publicKey);
  return EXIT.ok;
}

/** As pyzmq (`zmq.auth.load_certificate`) and CZMQ read it, so that one file serves this server and native programs. */
function certificate(publicKey: string, secretKey: string): string {
  return [
    "# A key pair of CURVE for ZeroMQ. The secret key is nobody else's business.",
    'metadata',
    'curve',
    `    public-key = "${publicKey}"`,
    `    secret-key = "${secretKey}"`,
    '',
  ].join('\n');
}
