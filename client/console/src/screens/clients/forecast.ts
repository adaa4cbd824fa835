import { channelFault, coversChannel, type ObservedSubscription, type SessionDetail } from '@zerospan/shared';
import { count, plural } from '../../data/format.ts';

/** A sentence, with the names in it apart: they are shown so that they cannot change what stands around them. */
export type Sentence = readonly (string | { readonly name: string })[];

/** Whether a client would be given the next message on a channel, and why. */
export interface Forecast {
  readonly answer: 'yes' | 'later' | 'no' | 'unclear';
  readonly because: Sentence;
}

/** Answered from what the client is subscribed to and what its access lets it do: no message is sent for it. */
export function forecastOf(client: SessionDetail, channel: string): Forecast {
  const fault = channelFault(channel);
  if (fault !== undefined) return { answer: 'unclear', because: [`No channel has this name: ${fault}.`] };
  const matching = client.subscribed.filter((each) => coversChannel(each, channel));
  // One that is live gives it first.
  const subscription = matching.find(({ replayed }) => replayed === undefined) ?? matching[0];
  if (subscription !== undefined) return givenBy(subscription, client, channel);
  if (client.subscribed.length < client.subscriptions)
    return {
      answer: 'unclear',
      because: [
        `None of its first ${count(client.subscribed.length)} subscriptions takes it, and the others are not shown.`,
      ],
    };
  const mayAsk = coversChannel(client.grants.subscribe, channel);
  return {
    answer: 'no',
    because: [
      'It is not subscribed to it. ',
      mayAsk ? 'Its access lets it subscribe.' : 'Its access does not let it subscribe, either.',
    ],
  };
}

function givenBy(subscription: ObservedSubscription, client: SessionDetail, channel: string): Forecast {
  const { id, replayed, onLag } = subscription;
  const how: Sentence = [`Its subscription ${id} takes `, ...takenBy(subscription, channel)];
  if (replayed !== undefined)
    return {
      answer: 'later',
      because: [
        ...how,
        `. It is reading what was before, up to offset ${replayed} so far, and is given this after that.`,
      ],
    };
  if (client.standing === 'live') return { answer: 'yes', because: [...how, ', and it keeps up.'] };
  const behind = `, but it is ${plural(client.lag, 'offset')} behind: `;
  switch (onLag) {
    case 'replay':
      return {
        answer: 'later',
        because: [...how, behind, 'it is given it when it gets there, while the log holds it.'],
      };
    case 'latest':
      return {
        answer: 'later',
        because: [...how, behind, 'until it keeps up, it is given the newest of each channel only.'],
      };
    case 'close':
      return {
        answer: 'later',
        because: [...how, behind, 'if the log drops what it has not read, the subscription ends.'],
      };
  }
}

/** By which of its filters. */
function takenBy({ channels, prefixes }: ObservedSubscription, channel: string): Sentence {
  if (channels.includes(channel)) return ['this channel'];
  const [prefix = ''] = prefixes.filter((each) => coversChannel({ channels: [], prefixes: [each] }, channel));
  return prefix === '' ? ['all channels'] : ['all that begins with ', { name: prefix }];
}
