// Builds the newest commit of a repository in a work tree; prints its folder before, and its command line after.
import { WorkTree } from '../../bench/against/work-tree.ts';
import { Interrupted, listenForSignals } from '../../bench/interrupt.ts';

const [repository = ''] = process.argv.slice(2);
const interruption = listenForSignals();
const tree = new WorkTree(repository, 'HEAD');
try {
  process.stdout.write(`${tree.folder}\n`);
  process.stdout.write(`${(await tree.build(interruption)).bin}\n`);
} catch (error) {
  if (!(error instanceof Interrupted)) throw error;
  process.exitCode = error.exitCode;
} finally {
  tree.remove();
}
