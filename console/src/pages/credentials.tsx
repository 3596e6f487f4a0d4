/** Ways for programs to sign in, and lines to paste for each. */
import { Alert, Badge, Button, Checkbox, Group, MultiSelect, Select, Stack, Tabs, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { PlusIcon, ReloadIcon } from "@radix-ui/react-icons";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { $api, api, sentence, type Schemas } from "../api/client";
import { CodeBlock, Copy, done, Form, Remove, Rows, StateBadge, When } from "../parts/bits";
import { Allowed } from "../parts/may";
import { Answer, Empty, Page, Panel } from "../parts/page";
import { DIALECTS, door, LANGUAGES, snippet, type Language } from "./snippets";

type Credential = Schemas["CredentialView"];
/** Stands where a secret that is not known any more belongs; letters that no encoding changes. */
const PLACE = "YOUR_SECRET";
const NAMED = new Set(["mimsms", "smsapi", "smpp", "messagewhiz"]);

export default function Credentials() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [opened, { open, close }] = useDisclosure(false);
  const [fresh, setFresh] = useState<Credential | null>(null);
  const [shown, setShown] = useState<string | null>(null);
  const list = $api.useQuery("get", "/v1/credentials", { params: { query: { limit: 100 } } });
  const again = () => queries.invalidateQueries({ queryKey: ["get", "/v1/credentials"] });
  const rotate = async (id: string) => {
    try {
      setFresh(await done(api.POST("/v1/credentials/{id}/rotate", { params: { path: { id } }, body: { overlap_seconds: 3600 } })));
      await again();
    } catch (caught) {
      notifications.show({ color: "red", message: sentence(caught) });
    }
  };
  const picked = fresh ?? list.data?.items.find((each) => each.id === shown) ?? null;
  return (
    <Page
      title={t("Credentials")}
      hint={t("Programs sign in with these, each in the manner of its own API.")}
      actions={
        <>
          <Button component={Link} href="/explorer" variant="default">{t("API explorer")}</Button>
          <Allowed to="createCredential"><Button leftSection={<PlusIcon />} onClick={open}>{t("New credential")}</Button></Allowed>
        </>
      }
    >
      {fresh?.secret && (
        <Alert color="yellow" title={t("Keep this secret now: it is shown once")} withCloseButton closeButtonLabel={t("Close")} onClose={() => setFresh(null)}>
          <Group gap="xs" data-testid="secret"><Text ff="monospace" style={{ overflowWrap: "anywhere" }}>{fresh.secret}</Text><Copy value={fresh.secret} /></Group>
        </Alert>
      )}
      {picked && <Snippets credential={picked} />}
      <Panel>
        <Answer of={list}>
          {(data) => (
            <Rows
              label={t("Credentials")}
              rows={data.items}
              keyOf={(row) => row.id}
              empty={<Empty title={t("No credential yet")} action={<Allowed to="createCredential"><Button onClick={open}>{t("New credential")}</Button></Allowed>} />}
              columns={[
                { head: t("API"), cell: (row) => <Badge tt="none" variant="default">{row.dialect}</Badge> },
                { head: t("Name"), cell: (row) => row.label || row.name || "–" },
                { head: t("Ends in"), cell: (row) => <Text ff="monospace" size="sm">…{row.hint}</Text>, wide: true },
                { head: t("Mode"), cell: (row) => <StateBadge state={row.revoked_at ? "ended" : row.mode} /> },
                { head: t("May"), cell: (row) => row.scopes.map((each) => t(`may ${each}`)).join(", "), wide: true },
                { head: t("Made"), cell: (row) => <When at={row.created_at} />, wide: true },
                {
                  head: t("Actions"), end: true,
                  cell: (row) =>
                    row.revoked_at ? null : (
                      <Group gap={4} justify="flex-end" wrap="nowrap">
                        <Button size="compact-xs" variant="default" onClick={() => { setFresh(null); setShown(row.id); }}>{t("Use it")}</Button>
                        <Allowed to="rotateCredential"><Button size="compact-xs" variant="default" leftSection={<ReloadIcon />} visibleFrom="sm" onClick={() => void rotate(row.id)}>{t("New secret")}</Button></Allowed>
                        <Remove needs="revokeCredential" word={t("Revoke")} what={row.label || row.name || row.id} consequence={t("Programs that use it are refused from now on.")} act={async () => { await done(api.DELETE("/v1/credentials/{id}", { params: { path: { id: row.id } } })); await again(); }} />
                      </Group>
                    ),
                },
              ]}
            />
          )}
        </Answer>
      </Panel>
      <Make opened={opened} close={close} made={(credential) => { setFresh(credential); void again(); }} />
    </Page>
  );
}

function Make({ opened, close, made }: { opened: boolean; close: () => void; made: (credential: Credential) => void }) {
  const { t } = useTranslation();
  const [dialect, setDialect] = useState<string>("native");
  const [name, setName] = useState("");
  const [label, setLabel] = useState("");
  const [test, setTest] = useState(false);
  const [scopes, setScopes] = useState<string[]>(["send", "read"]);
  const [networks, setNetworks] = useState("");
  const choose = (value: string) => {
    setDialect(value);
    if (value === "messagewhiz") setScopes(["send", "read", "manage"]); // its lists and links are things that are kept
  };
  const save = async () => {
    const body = {
      dialect, label, scopes: scopes as "send"[],
      mode: test ? ("test" as const) : ("live" as const),
      ...(NAMED.has(dialect) && name ? { name } : {}),
      ...(networks ? { allowed_networks: networks.split(/[\s,]+/).filter(Boolean) } : {}),
    };
    made(await done(api.POST("/v1/credentials", { body })));
  };
  return (
    <Form title={t("New credential")} opened={opened} close={close} save={save} word={t("Make it")}>
      <Select label={t("API")} description={t("In whose manner the program speaks.")} data={[...DIALECTS]} value={dialect} onChange={(value) => value && choose(value)} allowDeselect={false} />
      {NAMED.has(dialect) && <TextInput label={t("User name")} value={name} onChange={(e) => setName(e.currentTarget.value)} required />}
      <TextInput label={t("What it is for")} placeholder={t("the shop")} value={label} onChange={(e) => setLabel(e.currentTarget.value)} data-autofocus />
      <MultiSelect label={t("May")} data={["send", "read", "manage", "admin"].map((each) => ({ value: each, label: t(`may ${each}`) }))} value={scopes} onChange={setScopes} required />
      <TextInput label={t("Only from these networks")} description={t("Such as 203.0.113.0/24; empty means from everywhere.")} value={networks} onChange={(e) => setNetworks(e.currentTarget.value)} />
      <Checkbox label={t("Test mode: nothing is sent and nothing costs")} checked={test} onChange={(e) => setTest(e.currentTarget.checked)} />
    </Form>
  );
}

function Snippets({ credential }: { credential: Credential }) {
  const { t } = useTranslation();
  const [language, setLanguage] = useState<Language>("curl");
  const senders = $api.useQuery("get", "/v1/senders", { params: { query: { limit: 100 } } });
  const from = senders.data?.items.find((each) => each.state === "approved")?.name ?? "Heliograph";
  const secret = credential.secret ?? PLACE;
  const of = door(credential.dialect, window.location.origin, credential.name, secret, from);
  return (
    <Panel title={t("Paste one of these ({{dialect}})", { dialect: credential.dialect })}>
      {!credential.secret && <Text size="sm" c="dimmed" mb="xs">{t("The secret was shown once, when it was made: put it in the place of {{place}}.", { place: PLACE })} {credential.hint && t("It ends in …{{hint}}.", { hint: credential.hint })}</Text>}
      {of ? (
        <Tabs value={language} onChange={(value) => value && setLanguage(value as Language)} keepMounted={false}>
          <Tabs.List mb="sm">{LANGUAGES.map((each) => <Tabs.Tab key={each} value={each}>{each}</Tabs.Tab>)}</Tabs.List>
          {LANGUAGES.map((each) => <Tabs.Panel key={each} value={each}><CodeBlock text={snippet(each, of)} label={each} /></Tabs.Panel>)}
        </Tabs>
      ) : (
        <Stack gap={4}>
          <Text size="sm">system_id: <b>{credential.name}</b> · password: <b>{secret}</b> · host: <b>{window.location.hostname}</b></Text>
          <Text size="sm" c="dimmed">{t("The SMPP port is printed where the server starts, and is in its configuration.")}</Text>
        </Stack>
      )}
    </Panel>
  );
}
