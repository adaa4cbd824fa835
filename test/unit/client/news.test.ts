import { describe, expect, it } from 'vitest';
import { type News, platformNews, type World } from '../../../client/src/connection/news.ts';

class Page extends EventTarget {
  visibilityState: DocumentVisibilityState = 'visible';
}

/** A browser as far as it is listened to. */
function browser() {
  const document = new Page();
  const window = Object.assign(new EventTarget(), { document });
  return { document, window };
}

function heardFrom(world: World) {
  const heard: News[] = [];
  const stop = platformNews(world)((news) => heard.push(news));
  return { heard, stop };
}

describe('news of the platform', () => {
  it('is online, offline, a page that is visible again, resumed, or shown from the cache', () => {
    const { document, window } = browser();
    const { heard } = heardFrom(window);
    window.dispatchEvent(new Event('offline'));
    window.dispatchEvent(new Event('online'));
    document.visibilityState = 'hidden';
    document.dispatchEvent(new Event('visibilitychange'));
    document.dispatchEvent(new Event('freeze'));
    expect(heard).toEqual(['offline', 'online']);
    document.dispatchEvent(new Event('resume'));
    document.visibilityState = 'visible';
    document.dispatchEvent(new Event('visibilitychange'));
    window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
    expect(heard.slice(2)).toEqual(['woken', 'woken', 'woken']);
  });

  it('is not the first showing of a page', () => {
    const { window } = browser();
    const { heard } = heardFrom(window);
    window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: false }));
    expect(heard).toEqual([]);
  });

  it('is heard no more once nobody listens', () => {
    const { document, window } = browser();
    const { heard, stop } = heardFrom(window);
    stop();
    for (const type of ['online', 'offline']) window.dispatchEvent(new Event(type));
    window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
    for (const type of ['resume', 'visibilitychange']) document.dispatchEvent(new Event(type));
    expect(heard).toEqual([]);
  });

  it('is what a worker has, which has no document, and nothing in Node', () => {
    const worker = new EventTarget();
    const { heard } = heardFrom(worker);
    worker.dispatchEvent(new Event('online'));
    expect(heard).toEqual(['online']);
    expect(() => heardFrom(globalThis).stop()).not.toThrow();
  });
});
