/** The text of a DAG that is applied. */
import { call } from '../../data/api.ts';
import { trusted } from '../../data/wire.ts';
import { textOfFile } from './dag-text.ts';
import { appliedText } from './draft.ts';
import { specFile } from './spec-file.ts';

export interface LoadedText {
  readonly text: string;
  readonly version: string;
}

/** The text of a version: as it was applied from here, or written anew from what it says. */
export async function loadText(
  namespace: string,
  dagId: string,
  signal?: AbortSignal,
  version?: string,
): Promise<LoadedText> {
  const found = await call('getDag', {
    params: { dagId },
    query: { namespace, ...(version !== undefined && { version }) },
    ...(signal && { signal }),
  });
  const versionId = version ?? found.versionId;
  const text = appliedText(versionId) ?? textOfFile(specFile(dagId, trusted(found.spec)));
  return { text, version: versionId };
}
