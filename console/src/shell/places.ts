/** Every page: where it is, what it is called, and which operation of the API it cannot be without. */
import {
  ActivityLogIcon, ArchiveIcon, BarChartIcon, ChatBubbleIcon, CheckCircledIcon, CodeIcon, CrossCircledIcon, DashboardIcon,
  EnvelopeClosedIcon, ExclamationTriangleIcon, FileTextIcon, GearIcon, GlobeIcon, IdCardIcon, LightningBoltIcon, Link2Icon, ListBulletIcon, LockClosedIcon, MagicWandIcon,
  MobileIcon, PaperPlaneIcon, PersonIcon, ReaderIcon, RocketIcon, Share1Icon, TokensIcon,
} from "@radix-ui/react-icons";
import { lazy, type ComponentType, type LazyExoticComponent } from "react";

export interface Place {
  path: string;
  name: string;
  icon: ComponentType;
  needs: string;
  page: LazyExoticComponent<ComponentType<{ id?: string }>>;
}

export interface Group {
  name: string;
  places: Place[];
}

export const GROUPS: Group[] = [
  {
    name: "Messaging",
    places: [
      { path: "/", name: "Overview", icon: DashboardIcon, needs: "getBalance", page: lazy(() => import("../pages/overview")) },
      { path: "/send", name: "Send", icon: PaperPlaneIcon, needs: "sendMessage", page: lazy(() => import("../pages/send")) },
      { path: "/messages", name: "Messages", icon: EnvelopeClosedIcon, needs: "listMessages", page: lazy(() => import("../pages/messages")) },
      { path: "/inbox", name: "Inbox", icon: ChatBubbleIcon, needs: "listConversations", page: lazy(() => import("../pages/inbox")) },
      { path: "/keywords", name: "Keywords and replies", icon: LightningBoltIcon, needs: "listKeywords", page: lazy(() => import("../pages/keywords")) },
      { path: "/phone", name: "Simulator", icon: MobileIcon, needs: "readHandset", page: lazy(() => import("../pages/phone")) },
    ],
  },
  {
    name: "Reach",
    places: [
      { path: "/campaigns", name: "Campaigns", icon: RocketIcon, needs: "listBroadcasts", page: lazy(() => import("../pages/campaigns")) },
      { path: "/lists", name: "Lists", icon: ListBulletIcon, needs: "listRecipientLists", page: lazy(() => import("../pages/lists")) },
      { path: "/templates", name: "Templates", icon: FileTextIcon, needs: "listTemplates", page: lazy(() => import("../pages/templates")) },
      { path: "/links", name: "Links", icon: Link2Icon, needs: "listLinks", page: lazy(() => import("../pages/links")) },
      { path: "/opt-outs", name: "Opt-outs", icon: CrossCircledIcon, needs: "listOptOuts", page: lazy(() => import("../pages/opt_outs")) },
      { path: "/senders", name: "Senders and numbers", icon: IdCardIcon, needs: "listSenders", page: lazy(() => import("../pages/senders")) },
      { path: "/verify", name: "Verify", icon: LockClosedIcon, needs: "issueCode", page: lazy(() => import("../pages/verify")) },
    ],
  },
  {
    name: "Developers",
    places: [
      { path: "/credentials", name: "Credentials", icon: CodeIcon, needs: "listCredentials", page: lazy(() => import("../pages/credentials")) },
      { path: "/explorer", name: "API explorer", icon: MagicWandIcon, needs: "listCredentials", page: lazy(() => import("../pages/explorer")) },
      { path: "/webhooks", name: "Webhooks", icon: Share1Icon, needs: "listEndpoints", page: lazy(() => import("../pages/webhooks")) },
      { path: "/requests", name: "Refused requests", icon: ExclamationTriangleIcon, needs: "listRefusedRequests", page: lazy(() => import("../pages/requests")) },
      { path: "/ledger", name: "Ledger", icon: ReaderIcon, needs: "listLedger", page: lazy(() => import("../pages/ledger")) },
    ],
  },
  {
    name: "Operator",
    places: [
      { path: "/accounts", name: "Accounts", icon: ArchiveIcon, needs: "listAccounts", page: lazy(() => import("../pages/accounts")) },
      { path: "/approvals", name: "Approvals", icon: CheckCircledIcon, needs: "listApprovals", page: lazy(() => import("../pages/approvals")) },
      { path: "/rates", name: "Rates", icon: TokensIcon, needs: "listRateCards", page: lazy(() => import("../pages/rates")) },
      { path: "/carriers", name: "Carriers", icon: GlobeIcon, needs: "listCarriers", page: lazy(() => import("../pages/carriers")) },
      { path: "/routes", name: "Routes", icon: BarChartIcon, needs: "listRoutes", page: lazy(() => import("../pages/routes")) },
      { path: "/people", name: "People", icon: PersonIcon, needs: "listPeople", page: lazy(() => import("../pages/people")) },
      { path: "/audit", name: "Audit log", icon: ActivityLogIcon, needs: "listAudit", page: lazy(() => import("../pages/audit")) },
    ],
  },
];

export const SETTINGS: Place = {
  path: "/settings", name: "Settings", icon: GearIcon, needs: "", page: lazy(() => import("../pages/settings")),
};
