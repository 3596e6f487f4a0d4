/** What a role may not do is shown all the same, switched off and with the reason; the API refuses it as well. */
import { Tooltip } from "@mantine/core";
import { cloneElement, useCallback, type MouseEvent, type ReactElement } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "../api/session";

/** Why an operation is not for whoever is signed in; null where it is. The API itself says which are. */
export function useWhyNot(): (operation: string) => string | null {
  const { t } = useTranslation();
  const { session, operations } = useSession();
  const role = session?.person?.role;
  return useCallback(
    (operation) => {
      if (operations.has(operation)) return null;
      return role ? t("Your role, {{role}}, does not allow this. Ask an owner or admin.", { role: t(role) }) : t("This server does not offer it.");
    },
    [operations, role, t],
  );
}

/** What a button is given that may be looked at and heard of, and not used. */
export const OFF = {
  "aria-disabled": true,
  "data-disabled": true,
  type: "button" as const,
  onClick: (event: MouseEvent) => {
    event.preventDefault();
    event.stopPropagation();
  },
};

/**
 * A button for an operation. One that may not be used keeps its place in the order of the keyboard, so that the
 * reason can be heard as well as seen; `input` is for switches and fields, which are disabled outright.
 */
export function Allowed({ to, input = false, children }: { to: string; input?: boolean; children: ReactElement<Record<string, unknown>> }) {
  const why = useWhyNot()(to);
  if (why === null) return children;
  const off = input ? <span>{cloneElement(children, { disabled: true })}</span> : cloneElement(children, OFF);
  return <Tooltip label={why} multiline maw={260} events={{ hover: true, focus: true, touch: true }}>{off}</Tooltip>;
}
