import { describe, expect, it } from 'vitest';
import { StartError, startError } from '../../../server/src/zeromq/sockets/start-error.ts';

const errno = (code: string) => Object.assign(new Error(`message of ${code}`), { code });

describe('an address that cannot be opened', () => {
  it.each([
    'EADDRINUSE',
    'EADDRNOTAVAIL',
    'ENODEV',
    'ENOENT',
    'EACCES',
    'EINVAL',
    'EPROTONOSUPPORT',
    'ENAMETOOLONG',
    'EMFILE',
    'EELSE',
  ])('is reported with its setting, its address and a remedy: %s', (code) => {
    const error = startError('bus.ingress', 'tcp://127.0.0.1:5556', errno(code));
    expect(error).toBeInstanceOf(StartError);
    expect(error.exitCode).toBe(1);
    expect(error.message).toContain('bus.ingress tcp://127.0.0.1:5556: ');
    expect(error.remedy).toMatch(/^[A-Z].*\.$/);
  });

  it('on bus.address names the way to live beside a publisher that binds it', () => {
    const { remedy } = startError('bus.address', 'tcp://127.0.0.1:5555', errno('EADDRINUSE'));
    expect(remedy).toContain('serve --bus-address tcp://127.0.0.1:5557 --bus-source tcp://127.0.0.1:5555');
    expect(remedy).toContain('subscribers to tcp://127.0.0.1:5557');
  });

  it.each(['bus.address', 'bus.ingress'])('on %s names the whole command for a second server', (setting) => {
    const { remedy } = startError(setting, 'tcp://127.0.0.1:5555', errno('EADDRINUSE'));
    expect(remedy).toMatch(/serve --port 8081 --bus-address tcp:\S+ --bus-ingress tcp:/);
  });
});
