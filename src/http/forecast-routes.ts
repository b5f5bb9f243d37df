/** Routes of forecasts. Nothing is changed by them: what they try out happens on a copy. */
import { contract } from '../api/contract.ts';
import { whatIfHorizonMs } from '../api/contract-forecast.ts';
import type { Problem } from '../api/problems.ts';
import { problemOfRefusal } from '../api/problems.ts';
import type { At } from '../api/service.ts';
import { dagId, namespace, nodeId } from '../base/brand.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { forecastLimits } from '../model/forecast.ts';
import type { Refusal } from '../model/refusal.ts';
import { planView, whatIfView } from '../model/views/forecast.ts';
import { type Door, route, type Success } from './route.ts';

export function forecastRoutes(door: Door): void {
  const { forecasts } = door.service;
  route(door, contract.planDag, async (call) => {
    const { params = {}, horizon = forecastLimits.horizonMs } = call.body;
    const whose = { namespace: call.namespace, dagId: dagId(call.params.dagId) };
    const asked = { ...whose, params, horizonMs: horizon };
    return shown(await forecasts.plan(asked, call.request.signal), planView);
  });

  route(door, contract.whatIf, async (call) => {
    const { body } = call;
    const here = call.namespace;
    const asked = {
      addNodes: body.addNodes ?? 0,
      like: body.like == null ? null : nodeId(body.like),
      removeNodes: (body.removeNodes ?? []).map(nodeId),
      pools: Object.entries(body.pools ?? {}).map(([name, slots]) => ({
        ...{ namespace: here, name, slots },
      })),
      crons: Object.entries(body.crons ?? {}).map(([id, expression]) => ({
        ...{ namespace: here, dagId: dagId(id), expression },
      })),
      weights: Object.entries(body.namespaceWeights ?? {}).map(([name, weight]) => ({
        ...{ namespace: namespace(name), weight },
      })),
      order: body.order ?? null,
      horizonMs: body.horizon ?? whatIfHorizonMs,
    };
    return shown(await forecasts.whatIf(asked, call.request.signal), whatIfView);
  });
}

function shown<T, V>(
  made: Result<At<T>, Refusal>,
  view: (value: T) => V,
): Result<Success<V>, Problem> {
  if (!made.ok) return fail(problemOfRefusal(made.error));
  const { index, value } = made.value;
  return ok({ index, value: view(value) });
}
