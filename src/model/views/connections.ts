/** Connections as people see them: secrets by their names, and which keys sealed them. */
import type { ConnectionKind, ConnectionRow } from '../connection.ts';
import { timeText } from './time.ts';

export interface ConnectionView {
  readonly name: string;
  readonly namespace: string;
  readonly kind: ConnectionKind;
  readonly description: string;
  readonly fields: Readonly<Record<string, string>>;
  /** Names alone: what they hold never comes back. */
  readonly secrets: readonly string[];
  /** Ids of the keys that open them. */
  readonly sealedWith: readonly string[];
  readonly updatedAt: string;
  readonly updatedBy: string;
}

export const connectionView = (row: ConnectionRow): ConnectionView => ({
  name: row.name,
  namespace: row.namespace,
  kind: row.kind,
  description: row.description,
  fields: row.fields,
  secrets: Object.keys(row.secrets).sort(),
  sealedWith: [...new Set(Object.values(row.secrets).map(({ key }) => key))].sort(),
  updatedAt: timeText(row.updatedAt),
  updatedBy: row.updatedBy,
});
