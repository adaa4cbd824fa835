import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export interface Certificate {
  readonly key: string;
  /** Also the file of the authority that signed it: itself. */
  readonly cert: string;
}

/** A folder for a test's files, which goes with the test. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'zerospan-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Whether openssl is there to make certificates with. */
export function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A self-made certificate, for this machine unless it names others. */
export function selfMade(folder: string, name = 'one', hosts = 'IP:127.0.0.1,DNS:localhost'): Certificate {
  const key = join(folder, `${name}.key.pem`);
  const cert = join(folder, `${name}.cert.pem`);
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const names = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=${hosts}`];
  // openssl writes the key for its owner alone.
  execFileSync('openssl', [...request, '-days', '2', '-keyout', key, '-out', cert, ...names], {
    stdio: 'ignore',
  });
  return { key, cert };
}
