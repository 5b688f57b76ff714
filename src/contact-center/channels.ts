/** The words of the `export` command; `all` filters nothing. */
export type Channel = 'chat' | 'social' | 'email' | 'voice' | 'digital' | 'all';

interface ChannelRule {
  /** For the Search API, whose working literals are `telephony chat email social` only. */
  readonly filter: { readonly equals: string } | { readonly notequals: string };
  readonly includes: (channelType: string | undefined) => boolean;
}

const rules: Readonly<Record<Exclude<Channel, 'all'>, ChannelRule>> = {
  chat: only('chat'),
  // Test data of the vendor shows `social_channel` for the same thing.
  social: only('social', 'social_channel'),
  email: only('email'),
  voice: only('telephony'),
  digital: {
    filter: { notequals: 'telephony' },
    includes: (channelType) => channelType?.toLowerCase() !== 'telephony',
  },
};

export function channelFilter(channel: Channel): ChannelRule['filter'] | undefined {
  return channel === 'all' ? undefined : rules[channel].filter;
}

/** The same question asked of a task that came, for services that do not filter by it. */
export function isOfChannel(channel: Channel, channelType: string | undefined): boolean {
  return channel === 'all' || rules[channel].includes(channelType);
}

function only(name: string, ...others: string[]): ChannelRule {
  return {
    filter: { equals: name },
    includes: (channelType) => [name, ...others].includes(channelType?.toLowerCase() ?? ''),
  };
}
