/** Who can sign in, and as what. */
import { Alert, Badge, Button, Checkbox, Code, Group, Select, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { PlusIcon } from "@radix-ui/react-icons";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { $api, api, sentence, type Schemas } from "../api/client";
import { useOffered, useSession } from "../api/session";
import { Copy, done, Form, Remove, Rows, StateBadge, When } from "../parts/bits";
import { Answer, Empty, Page, Panel } from "../parts/page";

type Person = Schemas["PersonView"];
const ROLES = ["owner", "admin", "developer", "marketer", "finance", "viewer"] as const;
type Role = (typeof ROLES)[number];

export default function People() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { session } = useSession();
  const offered = useOffered();
  const [opened, setOpened] = useState(false);
  const [body, setBody] = useState({ email: "", name: "", role: "viewer" as Role, operator: false });
  const [invited, setInvited] = useState<Schemas["InvitedView"] | null>(null);
  const list = $api.useQuery("get", "/v1/people", { params: { query: { limit: 100 } } });
  const again = () => queries.invalidateQueries({ queryKey: ["get", "/v1/people"] });
  const invite = async () => {
    setInvited(await done(api.POST("/v1/people", { body })));
    await again();
  };
  const change = async (id: string, what: Schemas["PersonBody"]) => {
    try {
      await done(api.PUT("/v1/people/{id}", { params: { path: { id } }, body: what }));
      await again();
    } catch (caught) {
      notifications.show({ color: "red", message: sentence(caught) });
    }
  };
  const reset = async (row: Person) => {
    setInvited(await done(api.POST("/v1/people/{id}/reset", { params: { path: { id: row.id } }, body: { second_factor: false } })));
    await again();
  };
  const roles = ROLES.map((each) => ({ value: each, label: t(each) }));
  return (
    <Page title={t("People")} hint={t("Who can sign in to this account, and as what.")} actions={offered("invitePerson") && <Button leftSection={<PlusIcon />} onClick={() => setOpened(true)}>{t("Invite somebody")}</Button>}>
      {invited && (
        <Alert color="yellow" title={t("Hand this link to {{name}}: it is good once", { name: invited.person.name })} withCloseButton closeButtonLabel={t("Close")} onClose={() => setInvited(null)}>
          <Group gap="xs" wrap="nowrap"><Code style={{ overflowWrap: "anywhere" }}>{invited.link}</Code><Copy value={invited.link} /></Group>
          <Text size="sm" mt={4}>{t("No mail is sent. Good until")} <When at={invited.expires_at} /></Text>
        </Alert>
      )}
      <Panel>
        <Answer of={list}>
          {(data) => (
            <Rows label={t("People")} rows={data.items} keyOf={(row) => row.id} empty={<Empty title={t("Nobody yet")} />}
              columns={[
                { head: t("Name"), cell: (row) => <><Text size="sm" fw={600}>{row.name}</Text><Text size="xs" c="dimmed">{row.email}</Text></> },
                { head: t("Role"), cell: (row) => (offered("changePerson") && row.id !== session?.person?.id ? <Select aria-label={t("Role of {{name}}", { name: row.name })} size="xs" w={130} data={roles} value={row.role} onChange={(role) => role && void change(row.id, { role: role as Role })} allowDeselect={false} /> : t(row.role)) },
                { head: t("State"), cell: (row) => <StateBadge state={row.state} /> },
                { head: t("Second factor"), cell: (row) => (row.second_factor ? <Badge color="green" tt="none">{t("yes")}</Badge> : t("no")), wide: true },
                { head: t("Signed in"), cell: (row) => <When at={row.signed_in_at} />, wide: true },
                {
                  head: t("Actions"), end: true,
                  cell: (row) =>
                    row.id === session?.person?.id || !offered("changePerson") ? null : (
                      <Group gap={4} justify="flex-end" wrap="nowrap">
                        <Button size="compact-xs" variant="default" onClick={() => void reset(row).catch((caught: unknown) => notifications.show({ color: "red", message: sentence(caught) }))}>{t("New link")}</Button>
                        {row.state === "disabled" ? (
                          <Button size="compact-xs" variant="default" onClick={() => void change(row.id, { state: "active" })}>{t("Let in")}</Button>
                        ) : (
                          <Remove word={t("Shut out")} what={row.name} consequence={t("Their sessions end at once.")} act={() => change(row.id, { state: "disabled" })} />
                        )}
                      </Group>
                    ),
                },
              ]} />
          )}
        </Answer>
      </Panel>
      <Form title={t("Invite somebody")} opened={opened} close={() => setOpened(false)} save={invite} word={t("Make the link")}>
        <TextInput label={t("E-mail")} type="email" value={body.email} onChange={(e) => setBody({ ...body, email: e.currentTarget.value })} required data-autofocus />
        <TextInput label={t("Name")} value={body.name} onChange={(e) => setBody({ ...body, name: e.currentTarget.value })} required />
        <Select label={t("Role")} data={roles} value={body.role} onChange={(role) => role && setBody({ ...body, role: role as Role })} allowDeselect={false} />
        {session?.person?.operator && <Checkbox label={t("Works for the operator")} checked={body.operator} onChange={(e) => setBody({ ...body, operator: e.currentTarget.checked })} />}
      </Form>
    </Page>
  );
}
