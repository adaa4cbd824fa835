import * as Type from '../../schema.ts';
import { whole, words } from '../words.ts';

const HOST = '(?:\\[[0-9A-Fa-f:.]+\\]|[^\\s/:@\\[\\]]+)';
const PORT = '[1-9]\\d{0,4}';

/** Settings of the NATS servers that a log of the kind `jetstream` is on. */
export const natsSettings = Type.Object({
  servers: Type.Array(
    Type.String({ pattern: `^(?:nats|tls)://${HOST}(?::${PORT})?$` }),
    words({
      default: ['nats://127.0.0.1:4222'],
      value: 'address',
      flag: 'nats',
      expects: 'addresses such as nats://10.0.0.5:4222, or tls://… for servers that require TLS',
      description:
        'NATS servers of a log on JetStream, some of them at least: they name the others. A user and a password ' +
        'are not written here, but in nats.credentials.',
    }),
  ),
  credentials: Type.String(
    words({
      default: '',
      value: 'file',
      expects: 'the name of a file',
      description:
        'File of credentials for the NATS servers, as nsc writes it; only its owner may read it (mode 600). ' +
        'Empty: none.',
    }),
  ),
  tlsCa: Type.String(
    words({
      default: '',
      value: 'file',
      expects: 'the name of a file',
      description:
        'File with the authorities that certify the NATS servers, in PEM. Empty: those that Node knows.',
    }),
  ),
  tlsCert: Type.String(
    words({
      default: '',
      value: 'file',
      expects: 'the name of a file',
      description: 'File with the certificate by which the NATS servers know this one, in PEM. Empty: none.',
    }),
  ),
  tlsKey: Type.String(
    words({
      default: '',
      value: 'file',
      expects: 'the name of a file',
      description:
        'File with the private key of nats.tlsCert, in PEM; only its owner may read it (mode 600). Empty: none.',
    }),
  ),
  stream: Type.String(
    words({
      pattern: '^[0-9A-Za-z_-]{1,64}$',
      default: 'zerospan',
      value: 'name',
      expects: 'a name of 1 to 64 letters, digits, - and _',
      description:
        'Stream of the log, and the first part of its subjects; created where it does not exist. Servers with the ' +
        'same stream are nodes of one bus; several buses share NATS servers by streams of their own.',
    }),
  ),
  replicas: Type.Integer(
    words({
      ...whole(1, 5, 'servers'),
      default: 1,
      description:
        'NATS servers that each keep the stream: 3 outlive the loss of any one. 1: what that one loses is lost. 0 is ' +
        'refused.',
    }),
  ),
});
