import type { TaskPlan } from './plan.ts';
import { type Random, uuidOf } from './random.ts';
import type { TaskRecord } from './task.ts';

/** What was said on the phone, one sentence after the other. */
function utterances({ language }: TaskPlan, random: Random) {
  const spoken = (text: string) =>
    text.replaceAll('{order}', '4 7 1 1').replaceAll('{agent}', 'Cumulus');
  const lines = [spoken(language.answers[0]), spoken(language.asks[0])];
  for (let turn = random.between(1, 6); turn > 0; turn--) {
    lines.push(spoken(random.pick(language.answers)), spoken(random.pick(language.asks)));
  }
  return lines.map((text, index) => ({ text, byAgent: index % 2 === 0, startMs: index * 6_500 }));
}

/** A vCon container (draft-ietf-vcon-vcon-core). */
export function vcon(plan: TaskPlan, task: TaskRecord, random: Random) {
  const at = (ms: number) => new Date(task.createdTime + ms).toISOString();
  return {
    vcon: '0.0.1',
    uuid: uuidOf(plan.captureSeed, 0),
    created_at: at(0),
    parties: [
      { tel: task.customer?.phoneNumber ?? undefined, name: task.customer?.name ?? undefined },
      { name: task.lastAgent?.name ?? undefined, mailto: task.lastAgent?.signInId ?? undefined },
    ],
    dialog: utterances(plan, random).map(({ text, byAgent, startMs }) => ({
      type: 'text',
      start: at(startMs),
      duration: 5.5,
      parties: byAgent ? [1, 0] : [0, 1],
      originator: byAgent ? 1 : 0,
      mediatype: 'text/plain',
      encoding: 'none',
      body: text,
    })),
    analysis: [],
    attachments: [],
  };
}

/** The recognition format before it, section 4.2: all of one speaker, then all of the other. */
export function recognition(plan: TaskPlan, random: Random) {
  const lines = utterances(plan, random);
  const grouped = [...lines.filter(({ byAgent }) => byAgent), ...lines.filter((l) => !l.byAgent)];
  return {
    languageCode: plan.language.code,
    responseContents: grouped.map(({ text, byAgent, startMs }) => ({
      recognitionResult: {
        role: byAgent ? 'AGENT' : 'CALLER',
        alternatives: [{ transcript: text, words: wordsOf(text, startMs) }],
      },
    })),
  };
}

function wordsOf(text: string, startMs: number) {
  return text.split(' ').map((word, index) => {
    const ms = startMs + index * 300;
    return {
      word,
      start_time: { seconds: Math.floor(ms / 1_000), nanos: (ms % 1_000) * 1_000_000 },
    };
  });
}

/** A second of silence as a WAV file, for recordings. */
export function silence(): Buffer {
  const samples = 8_000;
  const header = Buffer.alloc(44);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(36 + samples, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(8_000, 24);
  header.writeUInt32LE(8_000, 28);
  header.writeUInt16LE(1, 32);
  header.writeUInt16LE(8, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(samples, 40);
  return Buffer.concat([header, Buffer.alloc(samples, 0x80)]);
}
