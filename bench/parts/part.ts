import { createInterface } from 'node:readline';

/** What a part was started with. */
export function plan<T>(): T {
  return JSON.parse(process.argv[2] ?? '') as T;
}

/** Sends one message to the parent process. */
export function say(about: object): void {
  process.stdout.write(`${JSON.stringify(about)}\n`);
}

/**
 * Answers words that come on stdin, one after another; each may have numbers behind it. Ends the process with stdin,
 * and on SIGTERM.
 */
export function answer(words: Record<string, (...numbers: number[]) => object | Promise<object>>): void {
  let before: Promise<void> = Promise.resolve();
  createInterface({ input: process.stdin })
    .on('line', (line) => {
      const [word = '', ...numbers] = line.split(' ');
      const act = words[word];
      if (!act) throw new Error(`nobody here knows "${word}"`);
      before = before.then(async () => say(await act(...numbers.map(Number))));
    })
    // The parent process is gone.
    .on('close', () => process.exit(0));
  process.on('SIGTERM', () => process.exit(0));
}
