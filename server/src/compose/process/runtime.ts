import { StartError } from '../../zeromq/sockets/start-error.ts';

/** Oldest Node that the packages are made for, as their manifests say. */
const NODE = [20, 19] as const;

const CRASHES = 'the addon of ZeroMQ crashes it, so it cannot run the server';

/** Why a server cannot run here. Bun aborts, and Deno crashes once the server has said that it is ready. */
export function runtimeFault(versions: Readonly<Record<string, string | undefined>>): StartError | undefined {
  const { node = '', bun, deno } = versions;
  if (bun !== undefined) return fault(`Bun ${bun}`, CRASHES);
  if (deno !== undefined) return fault(`Deno ${deno}`, CRASHES);
  const [major = 0, minor = 0] = node.split('.').map(Number);
  const isOld = major < NODE[0] || (major === NODE[0] && minor < NODE[1]);
  return isOld ? fault(`Node.js ${node}`, 'it is too old') : undefined;
}

function fault(address: string, reason: string): StartError {
  const remedy = `Run the server with Node.js ${NODE.join('.')} or later.`;
  return new StartError({ setting: 'runtime', address, reason, remedy, isMisset: true });
}
