// Put before the server's own code: each line on stdin is answered on stdout by what the process holds after garbage
// collection, in bytes.
import { createInterface } from 'node:readline';

// A server that could not start ends; nobody's words keep it waiting.
process.stdin.unref();
createInterface({ input: process.stdin })
  .on('line', () => {
    // Twice: the first frees the objects, and with the second what they held outside of the heap is counted as gone.
    globalThis.gc();
    globalThis.gc();
    const { heapUsed, external, rss } = process.memoryUsage();
    process.stdout.write(`${JSON.stringify({ heldBytes: heapUsed + external, rssBytes: rss })}\n`);
  })
  // The parent process is gone.
  .on('close', () => process.kill(process.pid, 'SIGTERM'));
