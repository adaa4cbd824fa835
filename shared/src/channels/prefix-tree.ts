import { isReserved } from './channel.ts';

/** A place in a tree: every key at or below it begins with the first `length` characters of `key`. */
export class PrefixNode<T> {
  key: string;
  readonly length: number;
  parent: PrefixNode<T> | undefined;
  /** In the order of the characters that they go on with. */
  children: PrefixNode<T>[] | undefined;
  /** What is kept under `key`; undefined where the node only holds others together. */
  value: T | undefined;
  /** The highest number that this node or one below it was raised to. */
  highest = 0;

  constructor(key: string, length: number, parent: PrefixNode<T> | undefined) {
    this.key = key;
    this.length = length;
    this.parent = parent;
  }

  /** Raises `highest` of this node, and of all above it. */
  raise(to: number): void {
    if (this.highest >= to) return;
    this.highest = to;
    this.parent?.raise(to);
  }
}

/** Up to this many children have an array without spare room: most nodes have few, and there may be 100,000 nodes. */
const FEW_CHILDREN = 32;

/**
 * Keys in a tree by what they begin with (PATRICIA). To find the keys that a name begins with, or those that begin with
 * a prefix, costs the branches on one path, however many keys there are and of however many lengths.
 */
export class PrefixTree<T> {
  readonly #root = new PrefixNode<T>('', 0, undefined);

  get isEmpty(): boolean {
    return this.#root.value === undefined && this.#root.children === undefined;
  }

  /** The node of a key, made if there is none: for its caller to put a value there. */
  obtain(key: string): PrefixNode<T> {
    let node = this.#deepest(key, Number.POSITIVE_INFINITY);
    const common = commonLength(node.key, key, Math.min(node.length, key.length));
    while (node.parent && node.parent.length >= common) node = node.parent;
    if (node.length > common) node = this.#split(node, key, common);
    if (common < key.length) {
      const leaf = new PrefixNode<T>(key, key.length, node);
      adopt(node, leaf);
      return leaf;
    }
    node.key = key;
    return node;
  }

  /** The node of a key, if it has a value. */
  find(key: string): PrefixNode<T> | undefined {
    const node = this.#deepest(key, key.length);
    return node.value !== undefined && node.key === key ? node : undefined;
  }

  /** Takes the value of a node out, and the node where it holds nothing together. */
  remove(node: PrefixNode<T>): void {
    node.value = undefined;
    const { parent, children } = node;
    if (!parent) return;
    if (children === undefined) {
      const at = placeOf(parent, node.key.charCodeAt(parent.length));
      const left = parent.children?.filter((_, i) => i !== at);
      parent.children = left?.length ? left : undefined;
      if (parent.value === undefined) contract(parent);
    } else contract(node);
  }

  /**
   * Calls `visit` with the value of each key that reaches a name, as a prefix does: see `prefixCovers`.
   * @returns how many nodes it visited
   */
  along(name: string, visit: (value: T) => void): number {
    const deepest = this.#deepest(name, name.length);
    let common = -1;
    let visited = 1;
    for (let node: PrefixNode<T> | undefined = deepest; node; node = node.parent) {
      visited++;
      if (node.value === undefined) continue;
      if (common < 0) common = commonLength(deepest.key, name, deepest.length);
      if (node.length <= common && (node.length > 0 || !isReserved(name))) visit(node.value);
    }
    return visited;
  }

  /** Whether a key reaches a name. */
  reaches(name: string): boolean {
    let node: PrefixNode<T> | undefined = this.#root;
    if (node.value !== undefined && !isReserved(name)) return true;
    while (node && node.length < name.length) {
      node = childOf(node, name.charCodeAt(node.length));
      // What is below the first key begins with that key.
      if (node?.value !== undefined) return name.startsWith(node.key);
    }
    return false;
  }

  /** The node that all keys which begin with a prefix are at or below; undefined if there are none. */
  under(prefix: string): PrefixNode<T> | undefined {
    let node: PrefixNode<T> | undefined = this.#root;
    while (node && node.length < prefix.length) node = childOf(node, prefix.charCodeAt(node.length));
    return node?.key.startsWith(prefix) ? node : undefined;
  }

  /**
   * Goes down by single characters, so what it finds may have another beginning.
   * @param most longest node
   */
  #deepest(name: string, most: number): PrefixNode<T> {
    let node = this.#root;
    while (node.length < name.length) {
      const child = childOf(node, name.charCodeAt(node.length));
      if (!child || child.length > most) break;
      node = child;
    }
    return node;
  }

  /** Puts a node above another, which has more in common with those below it. */
  #split(node: PrefixNode<T>, key: string, length: number): PrefixNode<T> {
    const { parent } = node as { parent: PrefixNode<T> };
    const above = new PrefixNode<T>(key, length, parent);
    replace(parent, node, above);
    above.children = [node];
    above.highest = node.highest;
    node.parent = above;
    return above;
  }
}

/** Takes out a node without a value that holds no two others together. */
function contract<T>(node: PrefixNode<T>): void {
  const { parent, children } = node;
  const [only] = children ?? [];
  if (!parent || !only || children?.length !== 1) return;
  only.parent = parent;
  replace(parent, node, only);
}

function replace<T>(parent: PrefixNode<T>, old: PrefixNode<T>, by: PrefixNode<T>): void {
  const { children = [] } = parent;
  children[placeOf(parent, old.key.charCodeAt(parent.length))] = by;
}

function adopt<T>(parent: PrefixNode<T>, child: PrefixNode<T>): void {
  const { children } = parent;
  if (!children) {
    parent.children = [child];
    return;
  }
  const at = placeOf(parent, child.key.charCodeAt(parent.length));
  if (children.length >= FEW_CHILDREN) children.splice(at, 0, child);
  else {
    const all = new Array<PrefixNode<T>>(children.length + 1);
    for (let i = 0; i < all.length; i++)
      all[i] = i === at ? child : (children[i < at ? i : i - 1] as PrefixNode<T>);
    parent.children = all;
  }
}

function childOf<T>(node: PrefixNode<T>, code: number): PrefixNode<T> | undefined {
  if (node.children === undefined) return undefined;
  const child = node.children[placeOf(node, code)];
  return child?.key.charCodeAt(node.length) === code ? child : undefined;
}

/** The place of the child that goes on with a character, or where it would stand. */
function placeOf<T>({ children = [], length }: PrefixNode<T>, code: number): number {
  let from = 0;
  let to = children.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((children[middle] as PrefixNode<T>).key.charCodeAt(length) < code) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** How many characters two keys have in common, of these at most. */
function commonLength(a: string, b: string, most: number): number {
  let length = 0;
  while (length < most && a.charCodeAt(length) === b.charCodeAt(length)) length++;
  return length;
}
