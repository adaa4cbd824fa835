import type { Browser, CDPSession } from 'playwright-core';
import { until } from '../support/until.ts';

interface Answer {
  readonly id: number;
  readonly error?: { readonly message: string };
  readonly result?: {
    readonly result?: { readonly value?: unknown };
    readonly exceptionDetails?: { readonly exception?: { readonly description?: string } };
  };
}

/**
 * A page that the browser may hide and freeze like anybody's: Playwright keeps its own pages visible at all times, and
 * a visible page is never frozen. So this one is made, and spoken to, by the protocol of the developer tools alone.
 */
export class RawPage {
  readonly #devtools: CDPSession;
  readonly #sessionId: string;
  readonly #answers = new Map<number, (answer: Answer) => void>();
  #lastId = 0;
  readonly close: () => Promise<void>;

  /** Opens a page in a context of its own, without its content security policy. */
  static async open(browser: Browser, url: string): Promise<RawPage> {
    const devtools = await browser.newBrowserCDPSession();
    const { browserContextId } = await devtools.send('Target.createBrowserContext');
    const { targetId } = await devtools.send('Target.createTarget', { url: 'about:blank', browserContextId });
    const { sessionId } = await devtools.send('Target.attachToTarget', { targetId, flatten: false });
    const page = new RawPage(devtools, sessionId, async () => {
      await devtools.send('Target.disposeBrowserContext', { browserContextId });
      await devtools.detach();
    });
    await page.#send('Page.setBypassCSP', { enabled: true });
    await page.#send('Page.navigate', { url });
    await until('the page', () => page.evaluate(() => document.readyState === 'complete', undefined));
    return page;
  }

  private constructor(devtools: CDPSession, sessionId: string, close: () => Promise<void>) {
    this.#devtools = devtools;
    this.#sessionId = sessionId;
    this.close = close;
    devtools.on('Target.receivedMessageFromTarget', ({ message }) => {
      const answer = JSON.parse(message) as Answer;
      this.#answers.get(answer.id)?.(answer);
      this.#answers.delete(answer.id);
    });
  }

  async run(script: string): Promise<unknown> {
    const how = { expression: script, awaitPromise: true, returnByValue: true };
    const { result } = await this.#send('Runtime.evaluate', how);
    const { exceptionDetails } = result ?? {};
    if (exceptionDetails !== undefined) throw new Error(exceptionDetails.exception?.description ?? script);
    return result?.result?.value;
  }

  /** Calls a function there, which knows nothing from here but its argument. */
  async evaluate<A, T>(action: (argument: A) => T, argument: A): Promise<Awaited<T>> {
    return (await this.run(`(${action.toString()})(${JSON.stringify(argument)})`)) as Awaited<T>;
  }

  /** Hides the page, then lets none of its tasks run, timers and messages alike. */
  async freeze(): Promise<void> {
    await this.#send('Page.setWebLifecycleState', { state: 'frozen' });
  }

  async thaw(): Promise<void> {
    await this.#send('Page.setWebLifecycleState', { state: 'active' });
  }

  /**
   * Stops its script where it stands, with the page still shown: no timer and no message is dealt with until `goOn()`.
   */
  async pause(): Promise<void> {
    await this.#send('Debugger.enable', {});
    await this.#send('Debugger.pause', {});
    void this.#send('Runtime.evaluate', { expression: '0' });
  }

  async goOn(): Promise<void> {
    await this.#send('Debugger.resume', {});
  }

  async #send(method: string, params: object): Promise<Answer> {
    const id = ++this.#lastId;
    const answered = new Promise<Answer>((resolve) => this.#answers.set(id, resolve));
    const message = JSON.stringify({ id, method, params });
    await this.#devtools.send('Target.sendMessageToTarget', { sessionId: this.#sessionId, message });
    const answer = await answered;
    if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`);
    return answer;
  }
}
