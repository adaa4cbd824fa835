import { statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test as property } from '@fast-check/vitest';
import { systemClock } from '@zerospan/shared';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Context, curveKeyPair } from 'zeromq';
import { readSettings } from '../../../../server/src/settings/read.ts';
import { Curve } from '../../../../server/src/zeromq/curve/curve.ts';
import { readKeyFile, readKeyList } from '../../../../server/src/zeromq/curve/key-file.ts';
import { ListedKeys } from '../../../../server/src/zeromq/curve/listed-keys.ts';
import { decodeKey, encodeZ85 } from '../../../../server/src/zeromq/curve/z85.ts';
import { StartError } from '../../../../server/src/zeromq/sockets/start-error.ts';
import { fileWith, makeKey, testFolder } from '../../../support/keys.ts';
import { cli } from '../../../support/terminal.ts';
import { Lines } from '../../../support/zeromq.ts';

const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe('a key in Z85', () => {
  property.prop([bytes])('reads as the bytes that it was written from', (key) => {
    expect(decodeKey(encodeZ85(key))).toEqual(Buffer.from(key));
  });

  it('is written as in the example of ZeroMQ RFC 32, and by libzmq', () => {
    expect(encodeZ85(Buffer.from('864fd26fb559f75b', 'hex'))).toBe('HelloWorld');
    const { secretKey } = curveKeyPair();
    expect(encodeZ85(decodeKey(secretKey) as Buffer)).toBe(secretKey);
  });

  property.prop([fc.string({ unit: 'binary', maxLength: 60 })])(
    'is distinguished from any other text',
    (text) => {
      const key = decodeKey(text);
      expect(key === undefined || encodeZ85(key) === text).toBe(true);
    },
  );

  it.each([
    ['too short', 'a'.repeat(39)],
    ['too long', 'a'.repeat(41)],
    ['a digit of another alphabet', `${'a'.repeat(39)}~`],
    ['five digits above four bytes', `#####${'a'.repeat(35)}`],
  ])('is none: %s', (_, text) => {
    expect(decodeKey(text)).toBeUndefined();
  });
});

describe('the file of a key', () => {
  it('is a certificate or the bare secret, and gives the public half that libzmq gives', () => {
    const { publicKey, secretKey } = curveKeyPair();
    const folder = testFolder();
    const certificate = `metadata\ncurve\n    public-key = "${'0'.repeat(40)}"\n    secret-key = "${secretKey}"\n`;
    expect(readKeyFile(fileWith(folder, 'certificate', certificate))).toEqual({ publicKey, secretKey });
    expect(readKeyFile(fileWith(folder, 'bare', `${secretKey}\n`))).toEqual({ publicKey, secretKey });
  });

  it.each([
    ['640', 0o640],
    ['604', 0o604],
    ['602', 0o602],
  ])('is refused with mode %s, which admits others', (octal, mode) => {
    const file = fileWith(testFolder(), 'key', curveKeyPair().secretKey, mode);
    expect(() => readKeyFile(file)).toThrow(`read it (its mode is ${octal})`);
    expect(() => readKeyFile(file)).toThrow(expect.objectContaining({ remedy: `chmod 600 ${file}` }));
  });

  it('is refused when it holds something else, which is not said again', () => {
    const file = fileWith(testFolder(), 'key', 'password123');
    expect(() => readKeyFile(file)).toThrow('holds no secret key');
    expect(() => readKeyFile(file)).not.toThrow('password123');
    expect(() => readKeyFile(`${file}.none`)).toThrow('cannot be read: ENOENT');
  });

  it('is made by "zerospan curve" for its owner alone, and never over another', async () => {
    const file = join(testFolder(), 'key');
    const { code, out, talk } = await cli(['curve', file]);
    expect(code).toBe(0);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const { publicKey, secretKey } = readKeyFile(file);
    expect(out).toBe(`${publicKey}\n`);
    expect(talk).not.toContain(secretKey);
    expect(await cli(['curve', file])).toMatchObject({
      code: 1,
      talk: expect.stringContaining('is there already'),
    });
    expect(readKeyFile(file).secretKey).toBe(secretKey);
  });
});

describe('the list of clients', () => {
  it('has a key a line, with its owner, and comments', () => {
    const [one, two, three] = [1, 2, 3].map((byte) => encodeZ85(Buffer.alloc(32, byte))) as [
      string,
      string,
      string,
    ];
    const list = `# ours\n\n${one} of one\r\n  ${two}\n#${three}\n`;
    expect(readKeyList(fileWith(testFolder(), 'list', list))).toEqual(new Set([one, two]));
  });

  it('may use # for comments, because no key begins with it', () => {
    expect(encodeZ85(Buffer.alloc(32, 0xff))[0]).toBe('%');
  });

  it('is refused with a line that is no key, or when others may write to it', () => {
    const folder = testFolder();
    expect(() => readKeyList(fileWith(folder, 'a', '# ok\nnonsense\n'))).toThrow('line 2 is no public key');
    expect(() => readKeyList(fileWith(folder, 'b', '', 0o664))).toThrow('write to it (its mode is 664)');
  });

  it('is read again when the file has changed, and throws while it cannot be read', () => {
    const { publicKey } = curveKeyPair();
    const file = fileWith(testFolder(), 'list', '');
    const listed = new ListedKeys(file);
    expect(listed.has(publicKey)).toBe(false);
    writeFileSync(file, `${publicKey}\n`);
    expect(listed.has(publicKey)).toBe(true);
    // A file that has been at rest is not read again for everybody who comes; that it has changed is seen all the same.
    utimesSync(file, 1_000, 1_000);
    expect(listed.has(publicKey)).toBe(true);
    writeFileSync(file, 'nonsense\n');
    expect(() => listed.has(publicKey)).toThrow(StartError);
    expect(() => listed.has(publicKey)).toThrow(StartError);
    writeFileSync(file, '');
    expect(listed.has(publicKey)).toBe(false);
  });
});

describe('settings of CURVE that cannot be kept to', () => {
  const source = 'tcp://127.0.0.1:1';
  const key = encodeZ85(Buffer.alloc(32, 7));

  function open(bus: object, isThere = true): Curve {
    const { settings } = readSettings({ file: { name: 'test', content: { bus } } });
    const context = new Context({ blocky: false });
    const curve = new Curve({
      context,
      settings: settings.bus,
      logger: new Lines(),
      clock: systemClock,
      isThere,
    });
    onTestFinished(() => curve.close());
    return curve;
  }

  it.each<[object, string]>([
    [{ curveClients: '/clients' }, 'bus.curveKey is not set'],
    [{ sources: [source], sourceKeys: [key] }, 'bus.curveKey is not set'],
    [{ curveKey: '/key' }, 'bus.curveClients is not set'],
    [{ sourceKeys: ['none'] }, 'there are 0 sources'],
    [{ sources: [source, source], sourceKeys: [key] }, 'there are 2 sources'],
    [
      { curveKey: '/not/there', curveClients: '/clients' },
      'bus.curveKey /not/there: the file cannot be read',
    ],
  ])('end the start: %j', (bus, text) => {
    const misset = expect.objectContaining({
      exitCode: 2,
      message: expect.stringContaining(text) as string,
    }) as Error;
    expect(() => open(bus)).toThrow(misset);
  });

  it('end the start with files that hold no keys, or that others may use', async () => {
    const folder = testFolder();
    const { file: curveKey } = await makeKey(folder, 'key');
    const bad = fileWith(folder, 'bad', 'nonsense');
    const misset = expect.objectContaining({ name: 'StartError', exitCode: 2 }) as Error;
    expect(() => open({ curveKey: bad, curveClients: bad })).toThrow(misset);
    expect(() => open({ curveKey, curveClients: bad })).toThrow(misset);
    expect(() => open({ curveKey, curveClients: fileWith(folder, 'open', '', 0o666) })).toThrow(misset);
  });

  it('end the start where ZeroMQ was built without it', async () => {
    const folder = testFolder();
    const { file } = await makeKey(folder, 'key');
    const bus = { curveKey: file, curveClients: fileWith(folder, 'list', '') };
    expect(() => open(bus, false)).toThrow('this build of ZeroMQ has no CURVE');
    expect(open(bus).bound).toMatchObject({ curveServer: true, zapEnforceDomain: true });
  });

  it('are none where there are none', () => {
    const curve = open({ sources: [source], sourceKeys: ['none'] }, false);
    expect([curve.bound, curve.source(source)]).toEqual([{}, {}]);
  });
});
