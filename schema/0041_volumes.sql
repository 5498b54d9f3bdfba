-- What is on its way out is looked for every minute: by what is going, never by all there is.
create index volume_going on volume (id) where removed is null and state in ('Destroy', 'Expunging');
create index template_going on template (id) where removed is null and state = 'Inactive';
