/**
 * Bridges that are followed behind one source: one, a few more in the course of its restarts, and those behind a
 * forwarder. With more that send in turn, each would be forgotten before it is heard again, and all that it sends be
 * taken for a loss.
 */
export const LINKS_MAX = 1_024;

interface Link {
  /** The last place that was heard. */
  place: number;
  /** Whether all that it ever sent was heard, or what was lost was said. */
  isSettled: boolean;
}

/**
 * The bridges behind one source, by the places that they give what they send: each goes up by one with every
 * publication, so that what was lost on the way shows, and a source that was away and lost nothing is known to have
 * lost nothing.
 */
export class Links {
  readonly #bySender = new Map<string, Link>();

  /** Whether a bridge was heard here. */
  get isUsed(): boolean {
    return this.#bySender.size > 0;
  }

  /** A publication came from this place; answers whether others were lost before it. */
  publication(sender: string, place: number): boolean {
    return this.#moved(sender, place - 1, place);
  }

  /** A bridge says that this is where it stands; answers whether something was lost before that. */
  state(sender: string, place: number): boolean {
    return this.#moved(sender, place, place);
  }

  /** A bridge says that this was all, and stops; answers whether something was lost before that. */
  end(sender: string, place: number): boolean {
    const lost = this.state(sender, place);
    const link = this.#bySender.get(sender);
    if (link) link.isSettled = true;
    return lost;
  }

  /** @param from the place up to which everything should have been heard before */
  #moved(sender: string, from: number, to: number): boolean {
    const link = this.#bySender.get(sender);
    if (!link) return this.#began(sender, from, to);
    // Below: a repetition. Nothing new, and nothing lost.
    if (to < link.place) return false;
    const lost = from > link.place;
    if (to > link.place) link.isSettled = false;
    link.place = to;
    if (this.#bySender.size >= LINKS_MAX) this.#toNewest(sender, link);
    return lost;
  }

  /**
   * The one that has been silent for longest is forgotten first: one forgotten while it sends is taken for another at
   * once.
   */
  #toNewest(sender: string, link: Link): void {
    this.#bySender.delete(sender);
    this.#bySender.set(sender, link);
  }

  /** A bridge that was not heard before: the first one is taken as it stands, another one has replaced it. */
  #began(sender: string, from: number, to: number): boolean {
    const isFirst = this.#bySender.size === 0;
    let isUnsettled = false;
    for (const link of this.#bySender.values()) {
      if (!link.isSettled) isUnsettled = true;
      // Said now, and not again with each bridge that follows.
      link.isSettled = true;
    }
    this.#bySender.set(sender, { place: to, isSettled: false });
    if (this.#bySender.size > LINKS_MAX) {
      const [silent = sender] = this.#bySender.keys();
      this.#bySender.delete(silent);
    }
    return !isFirst && (isUnsettled || from > 0);
  }
}
