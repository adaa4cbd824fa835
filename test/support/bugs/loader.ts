import { fileURLToPath } from 'node:url';
import { createServer, defaultServerConditions, isRunnableDevEnvironment, type ViteDevServer } from 'vite';
import type { hunt } from '../model/hunt.ts';
import type { Bug } from './bug.ts';
import { seededBug } from './plugin.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

export type Hunt = typeof hunt;

/** The bug to load with, and whether its file was loaded since. */
interface Seeds {
  bug: Bug | undefined;
  isIn: boolean;
}

/** Loads the model test and the product under it, any number of times, with a bug in it or without. */
export class Loader {
  readonly #server: ViteDevServer;
  readonly #seeds: Seeds;

  private constructor(server: ViteDevServer, seeds: Seeds) {
    this.#server = server;
    this.#seeds = seeds;
  }

  static async start(): Promise<Loader> {
    const seeds: Seeds = { bug: undefined, isIn: false };
    const conditions = ['zerospan-source', ...defaultServerConditions];
    const server = await createServer({
      root,
      configFile: false,
      logLevel: 'error',
      server: { middlewareMode: true, watch: null, ws: false },
      optimizeDeps: { noDiscovery: true },
      resolve: { conditions },
      ssr: { resolve: { conditions } },
      plugins: [
        seededBug(
          () => seeds.bug,
          () => {
            seeds.isIn = true;
          },
        ),
      ],
    });
    return new Loader(server, seeds);
  }

  /** @throws Error when the bug finds no place, or the model test never loads its file */
  async load(bug: Bug | undefined): Promise<Hunt> {
    const { ssr } = this.#server.environments;
    if (!isRunnableDevEnvironment(ssr)) throw new Error('modules cannot be run');
    ssr.moduleGraph.invalidateAll();
    ssr.runner.clearCache();
    this.#seeds.bug = bug;
    this.#seeds.isIn = false;
    const module = (await ssr.runner.import('/test/support/model/hunt.ts')) as { hunt: Hunt };
    if (bug && !this.#seeds.isIn) throw new Error(`${bug.file} was not loaded`);
    return module.hunt;
  }

  async end(): Promise<void> {
    await this.#server.close();
  }
}
