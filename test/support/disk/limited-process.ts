// Writes more into a file of a directory than its limit allows, and prints the code of the error.
import { NodeFiles } from '../../../server/src/logs/disk/files/node-files.ts';

const [path = ''] = process.argv.slice(2);
const file = await new NodeFiles(path).open('f', 'create');
await file.write(Buffer.alloc(8 << 20, 'x'), 0).then(
  () => process.stdout.write('written\n'),
  ({ code }: NodeJS.ErrnoException) => process.stdout.write(`${code}\n`),
);
