import { Bus } from '@zerospan/client';
import './style.css';

/** A question, or the vote of a channel on the question with the same id. */
interface Said {
  readonly id?: string;
  readonly question?: string;
  readonly options?: readonly string[];
  readonly choice?: string;
}

const STATES = { loading: 'Loading', current: 'Live', stale: 'Waiting for the server', closed: 'Closed' };

const prefix = new URLSearchParams(location.search).get('prefix') ?? 'demo.direct.';
const bus = new Bus<Record<string, Said | null>>(import.meta.env.VITE_BUS ?? 'ws://127.0.0.1:8080/bus', {
  name: 'dashboard',
});
const view = bus.view({ prefix });
let asked: Said = {};
let frame = 0;

bus.on('error', draw);
view.subscribe(() => {
  cancelAnimationFrame(frame);
  frame = requestAnimationFrame(draw);
});

/** The newest publication of each channel is the question, or the vote that has taken its place. */
function draw(): void {
  const newest = [...view.entries.values()];
  // When all have voted it is in none of them any more; a page that was opened later has its id from a vote.
  asked = newest.findLast(({ message }) => message?.options)?.message ?? asked;
  const id = asked.id ?? newest.findLast(({ message }) => message?.id)?.message?.id;
  const voters = newest
    .map(({ channel, message }) => ({
      name: channel.slice(prefix.length),
      choice: message?.id === id ? message?.choice : undefined,
    }))
    .sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
  const votes = voters.flatMap(({ choice }) => choice ?? []);
  const choices = [...new Set([...(asked.options ?? []), ...votes])];
  const row = (choice: string | undefined, ...content: (Node | string)[]): HTMLElement =>
    element('li', choice === undefined ? 'waiting' : `choice-${choices.indexOf(choice)}`, ...content);

  const failure = view.state === 'current' ? undefined : bus.lastFailure;
  const state = STATES[view.state] + (view.complete ? '' : ', but channels may be missing');
  show('status', failure ? `${failure.message} ${failure.remedy}` : state);
  show('question', asked.question ?? (votes.length > 0 ? 'The vote' : 'Nobody has asked yet'));
  show('turnout', `${votes.length} of ${voters.length} have voted`);
  const result = choices.map((choice) => {
    const count = votes.filter((each) => each === choice).length;
    const percent = Math.round((100 * count) / votes.length || 0);
    const bar = element('span', 'bar');
    bar.style.width = `${percent}%`;
    return row(choice, element('b', '', choice), element('span', '', bar), `${count} · ${percent} %`);
  });
  show('result', ...result);
  show('voters', ...voters.map(({ name, choice }) => row(choice, element('b', '', name), choice ?? '…')));
}

function show(id: string, ...content: (Node | string)[]): void {
  document.getElementById(id)?.replaceChildren(...content);
}

function element(tag: string, className: string, ...content: (Node | string)[]): HTMLElement {
  const made = Object.assign(document.createElement(tag), { className });
  made.append(...content);
  return made;
}
