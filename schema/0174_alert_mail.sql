-- Which alerts have been mailed. Those from before this was known are not news.
alter table alert add column mailed timestamptz;
update alert set mailed = now();
create index alert_unmailed on alert (id) where mailed is null;
