/** The calendars that schedules name: where they are found, and who uses one. */
import type { Namespace } from '../base/brand.ts';
import type { Calendars } from './calendar.ts';
import type { CalendarRule, DagRow, DagSpec } from './dag.ts';
import type { ReadonlyState } from './readonly-state.ts';

type Where = Pick<ReadonlyState, 'named'>;

export const calendarsOf =
  (state: Where, namespace: Namespace): Calendars =>
  (name) =>
    state.named('calendar', namespace, name);

/** Names of calendars that the schedules of a definition go by. */
export const calendarsIn = ({ schedules }: Pick<DagSpec, 'schedules'>): readonly string[] =>
  schedules.flatMap((schedule) => ('calendar' in schedule ? namesIn(schedule.calendar) : []));

const namesIn = (rule: CalendarRule | undefined): readonly string[] =>
  [rule?.include, rule?.exclude].filter((name) => typeof name === 'string');

/** The first calendar that a definition names and the namespace does not have. */
export const missingCalendar = (
  state: Where,
  namespace: Namespace,
  spec: Pick<DagSpec, 'schedules'>,
): string | undefined =>
  calendarsIn(spec).find((name) => state.named('calendar', namespace, name) === undefined);

/** DAGs whose current version goes by the calendar: they are due anew when it changes. */
export function* calendarUsers(
  state: Pick<ReadonlyState, 'dags' | 'version'>,
  namespace: Namespace,
  name: string,
): Iterable<DagRow> {
  for (const dag of state.dags()) {
    if (dag.namespace !== namespace) continue;
    const version = state.version(namespace, dag.dagId, dag.versionId);
    if (version !== undefined && calendarsIn(version.spec).includes(name)) yield dag;
  }
}
