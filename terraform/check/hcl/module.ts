import { applied, type Fields } from '../applied.ts';
import type { ProviderSchema } from '../schema.ts';
import { bodyOf, hold, ignoredOf, lifecycle, META } from './body.ts';
import { evaluateJson, Lazy, type Scope } from './evaluate.ts';
import type { Body, Files } from './files.ts';
import { itemsOf, type Value } from './functions.ts';
import { parseTemplate } from './parse.ts';
import { convert } from './types.ts';

/** One resource or data source as it would be after an apply. */
export interface Instance {
  /** As Terraform writes it: module.step["tick"].google_service_account.this */
  readonly address: string;
  readonly type: string;
  readonly mode: 'resource' | 'data';
  /** What the files say. */
  readonly configured: Fields;
  /** With what the cloud adds. */
  readonly fields: Fields;
  /** Arguments that are left as they are once the resource is there. */
  readonly ignored: readonly string[];
}

export interface Evaluated {
  readonly instances: readonly Instance[];
  readonly outputs: Readonly<Record<string, Value>>;
}

/**
 * Works out all that a root module makes, without Terraform and without a cloud.
 * @param inputs values of variables
 * @throws Error that names the place, also for a validation or precondition that does not hold
 */
export function evaluateRoot(
  files: Files,
  inputs: Readonly<Record<string, Value>>,
  schema: ProviderSchema,
): Evaluated {
  const instances: Instance[] = [];
  const module = createModule({ files, address: '', input: name => inputs[name], schema, instances });
  const outputs = module.evaluateAll();
  return { instances: instances.sort((a, b) => (a.address < b.address ? -1 : 1)), outputs };
}

interface Call {
  readonly files: Files;
  readonly address: string;
  readonly input: (name: string) => Value | undefined;
  readonly schema: ProviderSchema;
  readonly instances: Instance[];
}

function createModule({ files, address, input, schema, instances }: Call) {
  const known = new Map<string, { readonly value: Value } | 'in progress'>();

  /** Everything is worked out when it is first asked for, and once. */
  function once(name: string, work: () => Value): Value {
    const before = known.get(name);
    if (before === 'in progress') throw new Error(`${address}${name} depends on itself`);
    if (before !== undefined) return before.value;
    known.set(name, 'in progress');
    try {
      const value = work();
      known.set(name, { value });
      return value;
    } catch (error) {
      known.delete(name);
      throw error;
    }
  }

  const scope: Scope = name => {
    if (name === 'var') return new Lazy(variable);
    if (name === 'local') return new Lazy(local);
    if (name === 'path') return { module: files.folder };
    if (name === 'data') {
      return new Lazy(type => new Lazy(label => resource('data', type, label)));
    }
    if (name === 'module') return new Lazy(call);
    if (files.resource[name]) return new Lazy(label => resource('resource', name, label));
    throw new Error(`${address || 'the root module'} knows no "${name}"`);
  };

  function variable(name: string): Value {
    return once(`var.${name}`, () => {
      const [declared] = files.variable[name] ?? [];
      if (declared === undefined) throw new Error(`${address}var.${name} is not declared`);
      const value = input(name) ?? ('default' in declared ? evaluateJson(declared['default'], scope) : null);
      return convert(value, parseTemplate(String(declared['type'])));
    });
  }

  function local(name: string): Value {
    if (!(name in files.locals)) throw new Error(`${address}local.${name} is not declared`);
    return once(`local.${name}`, () => at(`local.${name}`, () => evaluateJson(files.locals[name], scope)));
  }

  function call(name: string): Value {
    return once(`module.${name}`, () => {
      const [body] = files.module[name] ?? [];
      const called = files.modules.get(name);
      if (body === undefined || called === undefined) throw new Error(`there is no module ${name}`);
      return forEach(body, `module.${name}`, (instance, own) => {
        const module = createModule({
          files: called,
          address: `${instance}.`,
          input: variable =>
            variable in body
              ? at(`${instance} ${variable}`, () => evaluateJson(body[variable], own))
              : undefined,
          schema,
          instances,
        });
        const unknown = Object.keys(body).filter(
          key => !META.has(key) && key !== 'source' && !called.variable[key],
        );
        if (unknown.length > 0) throw new Error(`${instance} has no variable ${unknown.join(', ')}`);
        children.set(instance, module);
        return new Lazy(module.output);
      });
    });
  }
  const children = new Map<string, { evaluateAll(): unknown }>();

  function resource(mode: Instance['mode'], type: string, label: string): Value {
    const name = `${mode === 'data' ? 'data.' : ''}${type}.${label}`;
    return once(name, () => {
      const [body] = files[mode][type]?.[label] ?? [];
      if (body === undefined) throw new Error(`there is no ${name}`);
      const block = (mode === 'data' ? schema.data : schema.resources)[type];
      return forEach(body, name, (instance, own) =>
        at(`${address}${instance}`, () => {
          const configured = bodyOf(body, block ?? { attributes: {}, blocks: {} }, own);
          hold(lifecycle(body)['precondition'], own);
          const fields = applied(type, configured);
          instances.push({
            address: address + instance,
            type,
            mode,
            configured,
            fields,
            ignored: ignoredOf(body),
          });
          return fields;
        }),
      );
    });
  }

  /** One value without for_each and count, else one for each key or number. */
  function forEach(body: Body, name: string, make: (instance: string, scope: Scope) => Value): Value {
    if ('count' in body) {
      const count = at(`${address}${name} count`, () => evaluateJson(body['count'], scope));
      return Array.from({ length: Number(count) }, (_, index) => make(`${name}[${index}]`, scope));
    }
    if (!('for_each' in body)) return make(name, scope);
    const items = itemsOf(at(`${address}${name} for_each`, () => evaluateJson(body['for_each'], scope)));
    return Object.fromEntries(
      items.map(([key, value]) => {
        const own: Scope = wanted => (wanted === 'each' ? { key, value } : scope(wanted));
        return [key, make(`${name}[${JSON.stringify(key)}]`, own)];
      }),
    );
  }

  function output(name: string): Value {
    return once(`output.${name}`, () => {
      const [body] = files.output[name] ?? [];
      if (body === undefined) throw new Error(`${address}output.${name} is not declared`);
      hold(body['precondition'], scope);
      return at(`${address}output.${name}`, () => evaluateJson(body['value'], scope));
    });
  }

  function evaluateAll(): Record<string, Value> {
    for (const [name, [body]] of Object.entries(files.variable)) {
      const value = variable(name);
      if (value === null && !('default' in (body ?? {})) && address === '') {
        throw new Error(`the variable ${name} has no value`);
      }
      hold(body?.['validation'], scope);
    }
    for (const name of Object.keys(files.locals)) local(name);
    for (const mode of ['data', 'resource'] as const) {
      for (const [type, labels] of Object.entries(files[mode])) {
        for (const label of Object.keys(labels)) resource(mode, type, label);
      }
    }
    for (const name of files.modules.keys()) call(name);
    for (const child of children.values()) child.evaluateAll();
    return Object.fromEntries(Object.keys(files.output).map(name => [name, output(name)]));
  }

  return { output, evaluateAll };
}

/** Says where an error came up. */
function at<T>(place: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { message } = error as Error;
    throw message.startsWith('at ') ? error : new Error(`at ${place}: ${message}`);
  }
}
