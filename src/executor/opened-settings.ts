/** The fields and the open secrets of one connection of an attempt, by their names. */
import { connectionVariable } from '../model/connection.ts';
import { isJsonObject, parseJson } from '../model/json.ts';
import type { Work } from './runner.ts';

export type OpenSettings = Readonly<Record<string, string>>;

/** With its `kind` among them; none if the attempt was not given it. */
export function openSettings({ opened }: Work, connection: string): OpenSettings {
  const said = parseJson(opened?.variables[connectionVariable(connection)] ?? '');
  if (!said.ok || !isJsonObject(said.value)) return {};
  const settings: Record<string, string> = {};
  for (const [name, value] of Object.entries(said.value)) {
    if (typeof value === 'string') settings[name] = value;
  }
  return settings;
}
