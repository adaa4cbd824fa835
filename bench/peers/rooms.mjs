/**
 * The subscribers of each channel, as a server keeps them that has no library for this: a `Map` from a channel to its
 * sockets.
 * @template Socket
 */
export class Rooms {
  /** @type {Map<string, Set<Socket>>} */
  #rooms = new Map();

  /**
   * @param {Socket} socket
   * @param {readonly string[]} channels
   */
  join(socket, channels) {
    for (const channel of channels) {
      const room = this.#rooms.get(channel);
      if (room) room.add(socket);
      else this.#rooms.set(channel, new Set([socket]));
    }
  }

  /**
   * @param {Socket} socket
   * @param {readonly string[]} channels those that it joined
   */
  leave(socket, channels) {
    for (const channel of channels) {
      const room = this.#rooms.get(channel);
      room?.delete(socket);
      if (room?.size === 0) this.#rooms.delete(channel);
    }
  }

  /**
   * @param {string} channel
   * @returns {Iterable<Socket>}
   */
  of(channel) {
    return this.#rooms.get(channel) ?? [];
  }
}
